"""Every indicator TA-Lib has is equal to it: on random walks, and on real prices where the folder is present."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import talib
from tests.tetra.indicators.bars import Bars, random_bars

from tetra.indicators.averages import exponential_moving_average, simple_moving_average
from tetra.indicators.bands import bollinger_bands, rolling_standard_deviation
from tetra.indicators.channels import rolling_maximum, rolling_minimum
from tetra.indicators.directional import directional_movement
from tetra.indicators.momentum import lagged_return, macd
from tetra.indicators.oscillators import relative_strength_index, stochastic
from tetra.indicators.parabolic_sar import parabolic_stop_and_reverse
from tetra.indicators.ranges import average_true_range, true_range
from tetra.indicators.volume import on_balance_volume

Outputs = tuple[np.ndarray, ...]
REAL_FILES = 15
"""Of 504 stocks every so many-th, beside the eleven sector funds: a second or two instead of twenty."""


def _pair(length: int, ours: Callable[..., np.ndarray], theirs: Callable[..., np.ndarray]) -> tuple:
    return lambda bars: (ours(bars.close, length=length),), lambda bars: (theirs(bars.close, length),)


CASES: dict[str, tuple[Callable[[Bars], Outputs], Callable[[Bars], Outputs]]] = {
    **{f"average of {length}": _pair(length, simple_moving_average, talib.SMA) for length in (2, 20, 50, 200)},
    **{f"exponential of {length}": _pair(length, exponential_moving_average, talib.EMA) for length in (2, 12, 200)},
    **{f"deviation of {length}": _pair(length, rolling_standard_deviation, talib.STDDEV) for length in (2, 20, 100)},
    **{f"maximum of {length}": _pair(length, rolling_maximum, talib.MAX) for length in (2, 20, 252)},
    **{f"minimum of {length}": _pair(length, rolling_minimum, talib.MIN) for length in (2, 20, 252)},
    **{f"strength of {length}": _pair(length, relative_strength_index, talib.RSI) for length in (2, 14)},
    "return": (lambda b: (lagged_return(b.close, lookback=20),), lambda b: (talib.ROCP(b.close, 20),)),
    "bollinger": (
        lambda b: bollinger_bands(b.close, length=20, deviations=2.5),
        lambda b: tuple(reversed(talib.BBANDS(b.close, 20, 2.5, 2.5))),
    ),
    "macd 12 26 9": (
        lambda b: macd(b.close, fast=12, slow=26, signal=9),
        lambda b: talib.MACD(b.close, 12, 26, 9),
    ),
    "macd 3 40 2": (lambda b: macd(b.close, fast=3, slow=40, signal=2), lambda b: talib.MACD(b.close, 3, 40, 2)),
    "stochastic 14 3 3": (
        lambda b: stochastic(b.high, b.low, b.close, length=14, smooth=3, signal=3),
        lambda b: talib.STOCH(b.high, b.low, b.close, 14, 3, 0, 3, 0),
    ),
    "stochastic 5 1 4": (
        lambda b: stochastic(b.high, b.low, b.close, length=5, smooth=1, signal=4),
        lambda b: talib.STOCH(b.high, b.low, b.close, 5, 1, 0, 4, 0),
    ),
    "true range": (
        lambda b: (true_range(b.high, b.low, b.close),),
        lambda b: (talib.TRANGE(b.high, b.low, b.close),),
    ),
    **{
        f"average range of {length}": (
            lambda b, length=length: (average_true_range(b.high, b.low, b.close, length=length),),
            lambda b, length=length: (talib.ATR(b.high, b.low, b.close, length),),
        )
        for length in (1, 14, 100)
    },
    **{
        f"directional of {length}": (
            lambda b, length=length: directional_movement(b.high, b.low, b.close, length=length),
            lambda b, length=length: tuple(
                made(b.high, b.low, b.close, length) for made in (talib.PLUS_DI, talib.MINUS_DI, talib.ADX)
            ),
        )
        for length in (2, 14)
    },
    **{
        f"stop and reverse {step} {limit}": (
            lambda b, step=step, limit=limit: (
                parabolic_stop_and_reverse(b.high, b.low, acceleration=step, maximum=limit),
            ),
            lambda b, step=step, limit=limit: (talib.SAR(b.high, b.low, step, limit),),
        )
        for step, limit in ((0.02, 0.2), (0.0137, 0.11), (0.3, 0.3))
    },
    "on-balance volume": (
        lambda b: (on_balance_volume(b.close, b.volume),),
        lambda b: (talib.OBV(b.close, b.volume),),
    ),
}


def _assert_equal(name: str, bars: Bars) -> None:
    ours, theirs = CASES[name]
    made = ours(bars)
    for row in range(bars.close.shape[0]):
        series = bars.map(lambda values, row=row: values[row])
        moved = _range_moved(series, name)
        scale = np.median(series.close)
        for output, expected in zip(made, theirs(series), strict=True):
            np.testing.assert_array_equal(np.isnan(output[row]), np.isnan(expected))
            allowed = 1e-9 * np.maximum(np.abs(expected), scale)
            apart = np.abs(output[row] - expected) > allowed
            assert not (apart & moved).any(), f"series {row}, bars {np.flatnonzero(apart & moved)[:5]}"


def _range_moved(series: Bars, name: str) -> np.ndarray:
    """Where the stochastic is TA-Lib's: no flat window among those averaged (there we say 50 and TA-Lib 0)."""
    if not name.startswith("stochastic"):
        return np.ones(series.close.size, dtype=bool)
    length, smooth, signal = (int(part) for part in name.split()[1:])
    flat = talib.MAX(series.high, length) == talib.MIN(series.low, length)
    return ~np.convolve(flat, np.ones(smooth + signal - 1))[: flat.size].astype(bool)


@pytest.fixture(scope="module")
def walks() -> Bars:
    return random_bars()


@pytest.fixture(scope="module")
def real_series(market_data: Path) -> list[Bars]:
    files = sorted((market_data / "equities_daily_adjusted").glob("*.csv*"))
    files = files[:: len(files) // REAL_FILES] + sorted((market_data / "sector_etfs").glob("*.csv*"))
    tables = [pd.read_csv(file).rename(columns=str.lower).dropna(subset=["close"]) for file in files]
    columns = ("high", "low", "close", "volume")
    return [Bars(*(table[column].to_numpy(np.float64, copy=True)[None] for column in columns)) for table in tables]


@pytest.mark.parametrize("name", CASES)
def test_an_indicator_equals_talib_on_random_walks(name: str, walks: Bars) -> None:
    _assert_equal(name, walks)


@pytest.mark.parametrize("name", CASES)
def test_an_indicator_equals_talib_on_real_prices(name: str, real_series: list[Bars]) -> None:
    assert len(real_series) > REAL_FILES
    for bars in real_series:
        _assert_equal(name, bars)


@pytest.mark.parametrize("name", ["directional of 2", "directional of 14", "stop and reverse 0.02 0.2"])
def test_an_indicator_equals_talib_where_prices_often_stand_still(name: str) -> None:
    rng = np.random.default_rng(8)
    close = 50.0 + np.cumsum(rng.integers(-1, 2, (6, 400)) * (rng.random((6, 400)) < 0.2), axis=1)
    reach = rng.integers(0, 2, (6, 400)) * (rng.random((6, 400)) < 0.2)
    _assert_equal(name, Bars(close + reach, close - reach, close, np.ones_like(close)))
