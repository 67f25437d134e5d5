"""Donchian breakout: long from a close above the highest high of recent bars until one below the lowest low of fewer.

Source: the Original Turtle Trading Rules, in Faith (2007), "Way of the Turtle", entries on page 258:
System 1 enters beyond the extreme of the preceding 20 days and leaves beyond the opposite one of the preceding 10,
System 2 with 55 and 20. The channel is Donchian's. Differences: a breakout is judged at the close and filled on the
next bar, where the Turtles bought as the price passed the level; the filter by the last breakout, sizing by N and
pyramiding are left out, and the short side unless ``with_shorts``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tetra.indicators.channels import rolling_maximum, rolling_minimum
from tetra.strategies.base import Field, PriceBlock, Strategy, require_parameter
from tetra.strategies.latch import held_in_channel
from tetra.typing import FloatArray


@dataclass(frozen=True)
class DonchianBreakout(Strategy):
    """Long from a break of the entry channel until a break of the exit channel, both of previous bars.

    Parameters
    ----------
    entry_length, exit_length : int
        Previous bars in the two channels, ``1 <= exit_length <= entry_length``.
    with_shorts : bool
        Whether breaks below are sold short in the same way; else they are flat.
    """

    entry_length: int = 20
    exit_length: int = 10
    with_shorts: bool = False
    category: ClassVar[str] = "trend"
    fields: ClassVar[tuple[Field, ...]] = ("high", "low", "close")

    def __post_init__(self) -> None:
        require_parameter(
            1 <= self.exit_length <= self.entry_length,
            "exit_length must be at least 1 and not above entry_length;"
            f" got {self.exit_length} and {self.entry_length}",
        )

    @property
    def warmup(self) -> int:
        """The bars of the entry channel and the one that is compared with it."""
        return self.entry_length + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 from breakout to exit, else 0, shorts -1 if wanted; see ``Strategy.target_weights``."""
        upper = rolling_maximum(prices.high, length=self.entry_length)
        lower = rolling_minimum(prices.low, length=self.exit_length)
        longs = held_in_channel(prices.close, upper, lower)
        if not self.with_shorts:
            return longs
        # never long and short at once: a close below the entry channel is below the shorter exit channel too
        upper = rolling_maximum(prices.high, length=self.exit_length)
        lower = rolling_minimum(prices.low, length=self.entry_length)
        return longs - held_in_channel(-prices.close, -lower, -upper)
