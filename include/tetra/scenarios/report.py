"""What a generation of scenarios did, or would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class GenerationReport:
    """What one generation did.

    Parameters
    ----------
    as_of : date
    generated, unchanged : int
        Ready scenarios written, and left as they were.
    not_covered : mapping of str to str
        Reason per scenario that the data does not cover, written now or before.
    deleted : tuple of str
        Scenarios of this as-of that are no longer wanted.
    failed : tuple of str
        Scenarios written now with a check that is FAIL.
    families : mapping of str to int
        Ready scenarios per family.
    unrealistic : mapping of str to tuple of str
        Per family the moments of its realism card that are off.
    left_out : mapping of str to str
        Why symbols with nearly all sessions of the lookback are in no synthetic scenario.
    records : int
        Rows written.
    seconds, peak_gib : float
        Time it took, and the most memory the process has held.
    """

    as_of: date
    generated: int
    unchanged: int
    not_covered: Mapping[str, str]
    deleted: tuple[str, ...]
    failed: tuple[str, ...]
    families: Mapping[str, int]
    unrealistic: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, str]
    records: int
    seconds: float
    peak_gib: float

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return {
            "as_of": self.as_of.isoformat(),
            "generated": self.generated,
            "unchanged": self.unchanged,
            "not_covered": dict(self.not_covered),
            "deleted": list(self.deleted),
            "failed": list(self.failed),
            "families": dict(self.families),
            "unrealistic": {family: list(moments) for family, moments in self.unrealistic.items()},
            "left_out": dict(self.left_out),
            "records": self.records,
            "seconds": round(self.seconds, 3),
            "peak_gib": round(self.peak_gib, 3),
        }

    def as_text(self) -> str:
        """Return the report for a terminal."""
        lines = [
            f"scenarios as of {self.as_of}: {self.generated} generated, {self.unchanged} unchanged, "
            f"{len(self.not_covered)} not covered, {len(self.deleted)} deleted; {self.records} rows in "
            f"{self.seconds:.1f} s, {self.peak_gib:.1f} GiB",
            *(f"  {family:<14}{count:>6}" for family, count in sorted(self.families.items())),
            *(f"  not covered: {name}: {reason}" for name, reason in sorted(self.not_covered.items())),
            *(f"  WARN {family}: {', '.join(moments)}" for family, moments in sorted(self.unrealistic.items())),
            *(f"  WARN {symbol} is in no synthetic scenario: {why}" for symbol, why in sorted(self.left_out.items())),
            *(f"  FAIL {name}" for name in self.failed),
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Preview:
    """What a generation would do.

    Parameters
    ----------
    as_of : date
    to_make, unchanged, to_delete : tuple of str
        Names of scenarios.
    series, sessions : int
        Size of a synthetic path.
    """

    as_of: date
    to_make: tuple[str, ...]
    unchanged: tuple[str, ...]
    to_delete: tuple[str, ...]
    series: int
    sessions: int

    def as_text(self) -> str:
        """Return the preview for a terminal."""
        head = (
            f"as of {self.as_of}: would make {len(self.to_make)} scenarios of up to {self.series} series x "
            f"{self.sessions} sessions, leave {len(self.unchanged)} as they are, delete {len(self.to_delete)}"
        )
        return "\n".join(
            [head, *(f"  make {name}" for name in self.to_make), *(f"  delete {n}" for n in self.to_delete)]
        )
