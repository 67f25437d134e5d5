"""What ``scenarios.yaml`` says of stress scenarios, checked on load.

Every scenario names the episode it is calibrated to, and a number that comes from elsewhere its own source: such a
number is written ``{value: 5, source: ...}``, any other plainly.
"""

from __future__ import annotations

import typing
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tetra.data.universe_types import GICS_SECTORS
from tetra.errors import ScenarioError, unknown_value

Severity = Literal["moderate", "severe", "extreme"]
SEVERITIES: tuple[Severity, ...] = typing.get_args(Severity)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Number(_Entry):
    """A number, and where it comes from if not from the scenario's episode."""

    value: float
    source: str | None = Field(default=None, min_length=1)


def _number(given: Any) -> Any:
    is_plain = isinstance(given, int | float) and not isinstance(given, bool)
    return {"value": given} if is_plain else given


Calibrated = Annotated[Number, BeforeValidator(_number)]
"""A number, plain or with its source."""


def _check_sectors(names: tuple[str, ...]) -> None:
    for name in names:
        if name not in GICS_SECTORS:
            raise ValueError(unknown_value("sector", name, GICS_SECTORS))


def _check_moves(place: str, **moves: Number | None) -> None:
    for name, move in moves.items():
        if move is not None and not move.value > -1.0:
            raise ValueError(f"{place} {name} {move.value} loses everything; give a fraction above -1")


class Profile(_Entry):
    """When a shock happens: sessions before it, until it is whole, at its height, and until it is calm again.

    ``recovered`` is the share of the loss that is made up for by then.
    """

    onset: int = Field(ge=0)
    build_up: int = Field(ge=1)
    peak: int = Field(default=0, ge=0)
    recovery: int = Field(ge=1)
    recovered: float = Field(ge=0, le=1)


class SectorShock(_Entry):
    """What a sector's members move beyond the market on average, as a fraction."""

    sector: str
    move: Calibrated

    @model_validator(mode="after")
    def _is_possible(self) -> SectorShock:
        _check_sectors((self.sector,))
        _check_moves(self.sector, move=self.move)
        return self


class Shocks(_Entry):
    """Moves of factors over the build-up.

    Market, dollar, oil and sectors as fractions (-0.1 falls by 10 %); rates and credit in yield (0.01 is 100 bp). A
    market shock of 0 holds the market where it is; without one it moves as the base path does.
    """

    market: Calibrated | None = None
    rates: Calibrated | None = None
    credit: Calibrated | None = None
    dollar: Calibrated | None = None
    oil: Calibrated | None = None
    sectors: tuple[SectorShock, ...] = ()

    @model_validator(mode="after")
    def _are_possible(self) -> Shocks:
        _check_moves("shock to the", market=self.market, dollar=self.dollar, oil=self.oil)
        twice = [name for name, count in Counter(entry.sector for entry in self.sectors).items() if count > 1]
        if twice:
            raise ValueError(f"sector {twice[0]!r} is shocked twice; keep one")
        return self


class Rotation(_Entry):
    """Money moves from one sector to another, whose mean gains ``relative`` on the first's."""

    out_of: str
    into: str
    relative: Calibrated

    @model_validator(mode="after")
    def _is_possible(self) -> Rotation:
        _check_sectors((self.out_of, self.into))
        _check_moves("rotation", relative=self.relative)
        if self.out_of == self.into:
            raise ValueError(f"rotation out of and into {self.into!r}; name two sectors")
        return self


class BlockCorrelation(_Entry):
    """Correlation of the mean returns of cyclical and defensive sectors over the build-up.

    ``normal`` is what it is otherwise, from where severities are counted. Only two blocks' means can be set against
    each other so far: the mean over all pairs of n symbols cannot lie below -1 / (n - 1).
    """

    normal: Calibrated
    target: Calibrated

    @model_validator(mode="after")
    def _are_correlations(self) -> BlockCorrelation:
        for name, number in (("normal", self.normal), ("target", self.target)):
            if not -1.0 < number.value < 1.0:
                raise ValueError(f"{name} correlation {number.value} lies outside -1 to 1; give one between")
        return self


class StressScenario(_Entry):
    """A stress scenario at severity ``severe``; multipliers hold from the onset to the end of the peak."""

    name: str = Field(min_length=1)
    calibrated_to: str = Field(min_length=1)
    profile: Profile
    shocks: Shocks = Shocks()
    rotation: Rotation | None = None
    block_correlation: BlockCorrelation | None = None
    volatility_multiplier: Calibrated = Number(value=1.0)
    correlation: Calibrated | None = None
    volatility_index: Calibrated | None = None
    volume_multiplier: Calibrated = Number(value=1.0)
    spread_multiplier: Calibrated = Number(value=1.0)
    commission_multiplier: Calibrated = Number(value=1.0)

    @model_validator(mode="after")
    def _is_possible(self) -> StressScenario:
        for name in ("volatility_multiplier", "volume_multiplier", "spread_multiplier", "commission_multiplier"):
            value = getattr(self, name).value
            if not 0.0 < value < float("inf"):
                raise ValueError(f"{name} {value} must be above 0; 1 leaves things as they are")
        if self.correlation is not None and not 0.0 <= self.correlation.value < 1.0:
            raise ValueError(f"correlation {self.correlation.value} must be at least 0 and below 1")
        if self.volatility_index is not None and not self.volatility_index.value > 0.0:
            raise ValueError(f"volatility_index {self.volatility_index.value} must be above 0")
        if self.block_correlation is not None and self.profile.build_up < 3:
            raise ValueError(
                f"build_up {self.profile.build_up} is too short for a correlation; give 3 sessions or more"
            )
        return self


class StressSettings(_Entry):
    """All of the key ``stress``.

    ``severities`` says how far each goes; 1 is the scenario as written (:mod:`tetra.scenarios.stress_severity`).
    """

    severity: Severity
    severities: dict[Severity, float]
    cyclical_sectors: tuple[str, ...]
    defensive_sectors: tuple[str, ...]
    scenarios: tuple[StressScenario, ...]

    @model_validator(mode="after")
    def _severities_ascend(self) -> StressSettings:
        factors = [self.severities.get(name, 0.0) for name in SEVERITIES]
        if not 0.0 < factors[0] < factors[1] < factors[2]:
            raise ValueError(f"severities {self.severities} must be above 0 and ascend: {', '.join(SEVERITIES)}")
        return self

    @model_validator(mode="after")
    def _names_are_known_and_unique(self) -> StressSettings:
        _check_sectors(self.cyclical_sectors + self.defensive_sectors)
        both = set(self.cyclical_sectors) & set(self.defensive_sectors)
        if both:
            raise ValueError(f"sector {min(both)!r} is cyclical and defensive; keep it in one list")
        twice = [name for name, count in Counter(entry.name for entry in self.scenarios).items() if count > 1]
        if twice:
            raise ValueError(f"stress scenario {twice[0]!r} is named twice; names are keys, so rename one")
        return self

    def scenario(self, name: str) -> StressScenario:
        """Return the scenario of a name.

        Raises
        ------
        ScenarioError
            If there is none, offering the nearest.
        """
        for entry in self.scenarios:
            if entry.name == name:
                return entry
        raise ScenarioError(unknown_value("stress scenario", name, [entry.name for entry in self.scenarios]))
