"""vectorbt: SMA 20/50, long only, 10 bps, a signal of one close filled at the next; four metrics per series.

Our rule is long while the fast average is above the slow one; a crossing that lies before the first warm bar counts as
an entry on that bar. The frame has a row per bar, which is what vectorbt is fastest with. Ways, all of its public API:

crossings
    The averages' own ``ma_crossed_above`` and ``ma_crossed_below``, as its documentation shows; numba.
states
    ``ma_above`` and ``ma_below``: it ignores entries while it is in a position, so states do; numba.
rust_threads
    States compared in numpy, its engine in Rust, a thread per processor.
processes
    States in a process per processor; numba.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import vectorbt as vbt
from served import WORKERS, in_processes, load, serve

FAST, SLOW = 20, 50
VALUES_PER_CALL = 2_520_000
"""10,000 series of 252 bars or 1,000 of 2,520. Measured: twice as many at once take twice as long at 2,520 bars and a
fifth longer at 252; half as many gain nothing at 2,520 and lose a fifth at 252."""

Signals = Callable[[pd.DataFrame], tuple[np.ndarray, np.ndarray]]


def crossings(close: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return where to enter and to leave, a bar after the averages crossed."""
    fast, slow = vbt.MA.run(close, FAST), vbt.MA.run(close, SLOW)
    enter, leave = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
    enter, leave = enter.vbt.signals.fshift(1).to_numpy(copy=True), leave.vbt.signals.fshift(1).to_numpy()
    enter[SLOW] |= fast.ma.to_numpy()[SLOW - 1] > slow.ma.to_numpy()[SLOW - 1]
    return enter, leave


def states(close: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return where to be in and where to be out, a bar after the averages said so."""
    fast, slow = vbt.MA.run(close, FAST), vbt.MA.run(close, SLOW)
    enter, leave = fast.ma_above(slow), fast.ma_below(slow)
    return enter.vbt.signals.fshift(1).to_numpy(), leave.vbt.signals.fshift(1).to_numpy()


def compared(close: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the same, compared in numpy."""
    fast, slow = vbt.MA.run(close, FAST).ma.to_numpy(), vbt.MA.run(close, SLOW).ma.to_numpy()
    enter, leave = np.zeros(close.shape, bool), np.zeros(close.shape, bool)
    np.greater(fast[:-1], slow[:-1], out=enter[1:])
    np.less_equal(fast[:-1], slow[:-1], out=leave[1:])
    return enter, leave


def backtest(close: pd.DataFrame, signals: Signals) -> np.ndarray:
    """Return total return, max drawdown and Sharpe ratio of each column; the final value is computed too."""
    enter, leave = signals(close)
    portfolio = vbt.Portfolio.from_signals(close, enter, leave, fees=0.001, init_cash=1_000_000.0, freq="1D")
    _, *metrics = (
        portfolio.final_value(),
        portfolio.total_return(),
        portfolio.max_drawdown(),
        portfolio.sharpe_ratio(),
    )
    return np.array([metric.to_numpy() for metric in metrics]).T


def main() -> None:
    """Serve every way."""
    vbt.settings.returns["year_freq"] = "252 days"
    prices = load()
    n_series, n_bars = prices.shape
    close = pd.DataFrame(np.ascontiguousarray(prices.T), index=pd.bdate_range("2010-01-04", periods=n_bars))
    del prices
    executor = ThreadPoolExecutor(WORKERS)

    def run(first: int, last: int, *, signals: Signals, engine: str, threads: int = 1) -> np.ndarray:
        vbt.settings["engine"] = engine
        at_once = max(1, min(-(-(last - first) // threads), VALUES_PER_CALL // n_bars))
        parts = [close.iloc[:, start : min(start + at_once, last)] for start in range(first, last, at_once)]
        each = functools.partial(backtest, signals=signals)
        return np.concatenate(list(map(each, parts) if threads == 1 else executor.map(each, parts)))

    with_states = functools.partial(run, signals=states, engine="numba")
    with_states(0, min(3, n_series))  # compiled before the processes fork
    ways = {
        "processes": in_processes(with_states),
        "crossings": functools.partial(run, signals=crossings, engine="numba"),
        "states": with_states,
        "rust_threads": functools.partial(run, signals=compared, engine="rust", threads=WORKERS),
    }
    serve(ways, n_series)


if __name__ == "__main__":
    main()
