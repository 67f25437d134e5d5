"""raptorbt: SMA 20/50, long only, 10 bps, a signal of one close filled at the next; all of its metrics per series.

It has no call for many series with an account each (its basket and portfolio share one), and it holds the interpreter's
lock, so threads do not help. Ways: ``one_process``, series after series, and ``processes``, one per processor.
"""

from __future__ import annotations

import os

os.environ["RAPTORBT_NO_VERSION_CHECK"] = "1"  # it would look on the network for a newer release

import numpy as np
import raptorbt
from served import in_processes, load, serve

FAST, SLOW = 20, 50
NANOSECONDS_PER_DAY = 86_400_000_000_000


def main() -> None:
    """Serve both ways."""
    prices = load()
    n_series, n_bars = prices.shape
    times = np.arange(n_bars, dtype=np.int64) * NANOSECONDS_PER_DAY
    volume = np.full(n_bars, 1e12)
    config = raptorbt.BacktestConfig(
        initial_capital=1_000_000.0, fees=0.001, slippage=0.0, fill_timing="next_bar_open", periods_per_year=252.0
    )

    def one(close: np.ndarray) -> tuple[float, float, float]:
        fast, slow = raptorbt.sma(close, FAST), raptorbt.sma(close, SLOW)
        metrics = raptorbt.run_single_backtest(
            times, close, close, close, close, volume, fast > slow, fast <= slow, 1, 1.0, "X", config
        ).metrics
        return metrics.total_return_pct / 100.0, -metrics.max_drawdown_pct / 100.0, metrics.sharpe_ratio

    def run(first: int, last: int) -> np.ndarray:
        return np.array([one(prices[row]) for row in range(first, last)]).reshape(-1, 3)

    serve({"processes": in_processes(run), "one_process": run}, n_series)


if __name__ == "__main__":
    main()
