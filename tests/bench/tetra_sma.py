"""Our side of ``area_engine``: SMA 20/50, long only, 10 bps through ``tetra.backtest.api.backtest``, as users call it.

Input checks are inside what is timed; threads are as many as the call takes by itself. Ways: ``four`` metrics, those
the peers compute; ``all_metrics``; ``numpy_strategy``, a rule that somebody wrote in plain numpy.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from served import load, serve

from tetra.backtest.api import backtest
from tetra.backtest.columns import METRICS
from tetra.strategies.base import PriceBlock, Strategy
from tetra.strategies.sma_cross import SmaCross

COMPARED = ("total_return", "max_drawdown", "sharpe_ratio")
FOUR = (*COMPARED, "cagr")
"""The peers' fourth is the final value; it stands in the total return, so one more is asked for."""


@dataclass(frozen=True)
class NumpySmaCross(Strategy):
    """The same rule as a user may write it who has numpy alone."""

    fast: int = 20
    slow: int = 50
    category: ClassVar[str] = "trend"

    @property
    def warmup(self) -> int:
        return self.slow

    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        sums = np.cumsum(prices.close, axis=1)
        weights = np.where(_means(sums, self.fast) > _means(sums, self.slow), 1.0, 0.0)
        weights[:, : self.slow - 1] = np.nan
        return weights


def _means(sums: np.ndarray, length: int) -> np.ndarray:
    means = sums / length
    means[:, length:] -= sums[:, :-length] / length
    return means


def main() -> None:
    """Serve every way."""
    prices = load()

    def run(first: int, last: int, *, strategy: Strategy, metrics: Sequence[str]) -> np.ndarray:
        simulation = backtest(strategy, prices[first:last], costs=0.001, periods_per_year=252.0, metrics=metrics)
        return np.stack([simulation.metric(name) for name in COMPARED], axis=1)

    ways = {
        "four": functools.partial(run, strategy=SmaCross(), metrics=FOUR),
        "all_metrics": functools.partial(run, strategy=SmaCross(), metrics=METRICS),
        "numpy_strategy": functools.partial(run, strategy=NumpySmaCross(), metrics=FOUR),
    }
    serve(ways, prices.shape[0])


if __name__ == "__main__":
    main()
