"""Turn of the month: hold from the last session of a month through the third of the next.

Source: Ariel (1987), "A Monthly Effect in Stock Returns", Journal of Financial Economics 18(1), 161-174;
Lakonishok and Smidt (1988), "Are Seasonal Anomalies Real? A Ninety-Year Perspective", Review of Financial
Studies 1(4), 403-425: the rise of a month falls into the four sessions from its last to the third.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.strategies.next_session import next_places_in_month
from tetra.typing import FloatArray

_FEWEST_SESSIONS = 15
"""No month of the exchange had fewer, so a shorter turn leaves something of every month out."""


@dataclass(frozen=True)
class TurnOfMonth(Strategy):
    """Long in the last ``days_before`` sessions of a month and the first ``days_after`` of the next.

    Parameters
    ----------
    days_before, days_after : int
        Counts of sessions, at least 0; from 1 to 14 together.
    """

    days_before: int = 1
    days_after: int = 3
    category: ClassVar[str] = "calendar"

    def __post_init__(self) -> None:
        require_parameter(
            min(self.days_before, self.days_after) >= 0 and 1 <= self.days_before + self.days_after < _FEWEST_SESSIONS,
            f"days_before and days_after must be at least 0, and 1 to {_FEWEST_SESSIONS - 1} together;"
            f" got {self.days_before} and {self.days_after}",
        )

    @property
    def warmup(self) -> int:
        """One bar: the calendar is known beforehand."""
        return 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 where the next session belongs to a turn, else 0; see ``Strategy.target_weights``."""
        from_start, from_end = next_places_in_month(prices.dates)
        wanted = np.where((from_end <= self.days_before) | (from_start <= self.days_after), 1.0, 0.0)
        return np.where(np.isnan(prices.close), np.nan, wanted)
