"""What rules on a short and a long moving average share: their lengths, and when both are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tetra.strategies.base import Strategy, require_parameter


@dataclass(frozen=True)
class TwoAverages(Strategy):
    """Base of rules that compare two averages of the close.

    Parameters
    ----------
    fast, slow : int
        Bars in the two averages, ``1 <= fast < slow``.
    """

    fast: int
    slow: int
    category: ClassVar[str] = "trend"

    def __post_init__(self) -> None:
        require_parameter(
            1 <= self.fast < self.slow,
            f"fast must be at least 1 and below slow; got {self.fast} and {self.slow}",
        )

    @property
    def warmup(self) -> int:
        """Bars of the slow average (of an exponential one: of its seed)."""
        return self.slow
