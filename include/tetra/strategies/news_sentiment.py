"""News sentiment: hold while the past days' news of a symbol is good on the whole.

Source: our own rule, upon the finding of Tetlock (2007), "Giving Content to Investor Sentiment: The Role of
Media in the Stock Market", Journal of Finance 62(3), 1139-1168, and of Tetlock, Saar-Tsechansky and
Macskassy (2008), "More Than Words", Journal of Finance 63(3), 1437-1467, that the tone of news about a
company tells of its next returns. Long while the mean of the days with news among the past ``length`` bars
is above ``level``; flat when it is not, and when fewer than ``least_days`` of them had news.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.compiled import compiled
from tetra.strategies.base import Field, PriceBlock, Strategy, require_parameter
from tetra.typing import FloatArray


@dataclass(frozen=True)
class NewsSentiment(Strategy):
    """Long while the mean daily sentiment of the past ``length`` bars is above ``level``.

    Parameters
    ----------
    length : int
        Bars of the symbol looked back upon, the current one included, at least 1.
    level : float
        Mean sentiment, ``-1 <= level < 1``.
    least_days : int
        Days with news that make a mean, ``1 <= least_days <= length``.

    Notes
    -----
    Each day counts once, however many articles it had. News on a missing bar counts with the next bar.
    """

    length: int = 10
    level: float = 0.1
    least_days: int = 3
    category: ClassVar[str] = "sentiment"
    fields: ClassVar[tuple[Field, ...]] = ("close", "news_sentiment")

    def __post_init__(self) -> None:
        require_parameter(-1.0 <= self.level < 1.0, f"level must be at least -1 and below 1; got {self.level}")
        require_parameter(
            1 <= self.least_days <= self.length,
            f"least_days must be at least 1 and at most length; got {self.least_days} and {self.length}",
        )

    @property
    def warmup(self) -> int:
        """Bars looked back upon."""
        return self.length

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 while news is good on the whole, else 0; see ``Strategy.target_weights``."""
        sentiment = prices.field("news_sentiment")
        return _while_good(prices.close, sentiment, self.length, self.level, self.least_days)


@compiled()
def _while_good(close: FloatArray, sentiment: FloatArray, length: int, level: float, least_days: int) -> FloatArray:
    weights = np.full(close.shape, np.nan)
    totals = np.empty(close.shape[1])  # per bar of the series' own: the sum of its days' sentiment, and their count
    days = np.empty(close.shape[1])
    for row in range(close.shape[0]):
        seen = 0
        total = 0.0
        count = 0.0
        for bar in range(close.shape[1]):
            if not np.isnan(sentiment[row, bar]):
                total += sentiment[row, bar]
                count += 1.0
            if np.isnan(close[row, bar]):
                continue
            totals[seen] = total
            days[seen] = count
            total = 0.0
            count = 0.0
            seen += 1
            if seen >= length:
                # summed afresh: what a running sum leaves behind could pass for good news
                known = days[seen - length : seen].sum()
                mean = totals[seen - length : seen].sum() / known
                weights[row, bar] = 1.0 if known >= least_days and mean > level else 0.0
    return weights
