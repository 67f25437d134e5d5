"""Halloween indicator: hold from November through April, stand aside from May through October.

Source: Bouman and Jacobsen (2002), "The Halloween Indicator, 'Sell in May and Go Away': Another Puzzle",
American Economic Review 92(5), 1618-1635.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.strategies.next_session import next_sessions
from tetra.typing import FloatArray

_MONTHS = 12


@dataclass(frozen=True)
class Halloween(Strategy):
    """Long from the first session of ``enter_month`` to the last before ``leave_month``.

    Parameters
    ----------
    enter_month, leave_month : int
        Months, 1 to 12, not the same.
    """

    enter_month: int = 11
    leave_month: int = 5
    category: ClassVar[str] = "calendar"

    def __post_init__(self) -> None:
        months = (self.enter_month, self.leave_month)
        require_parameter(
            all(1 <= month <= _MONTHS for month in months) and self.enter_month != self.leave_month,
            f"enter_month and leave_month must be two different months, 1 to 12; got {months[0]} and {months[1]}",
        )

    @property
    def warmup(self) -> int:
        """One bar: the calendar is known beforehand."""
        return 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 where the next session is in a month to be held, else 0; see ``Strategy.target_weights``."""
        months_since_1970 = next_sessions(prices.dates).astype("datetime64[M]").astype(np.int64)
        months_since_entry = (months_since_1970 + 1 - self.enter_month) % _MONTHS
        is_held = months_since_entry < (self.leave_month - self.enter_month) % _MONTHS
        return np.where(np.isnan(prices.close), np.nan, np.where(is_held, 1.0, 0.0))
