"""Bars to try indicators on, and every indicator under one name with short lengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tetra.indicators.averages import exponential_moving_average, simple_moving_average
from tetra.indicators.bands import bollinger_bands, keltner_channels, rolling_standard_deviation, z_score
from tetra.indicators.channels import rolling_maximum, rolling_minimum
from tetra.indicators.directional import directional_movement
from tetra.indicators.momentum import lagged_return, macd
from tetra.indicators.oscillators import relative_strength_index, stochastic
from tetra.indicators.parabolic_sar import parabolic_stop_and_reverse
from tetra.indicators.ranges import average_true_range, true_range
from tetra.indicators.volume import on_balance_volume

SHAPE = (2, 30)


@dataclass(frozen=True)
class Bars:
    """Arrays of shape (n_series, n_bars)."""

    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray

    def map(self, change: Callable[[np.ndarray], np.ndarray]) -> Bars:
        return Bars(**{field.name: change(getattr(self, field.name)) for field in fields(self)})

    def with_prices(self, change: Callable[[np.ndarray], np.ndarray]) -> Bars:
        return Bars(change(self.high), change(self.low), change(self.close), self.volume)


@dataclass(frozen=True)
class Indicator:
    """An indicator with its lengths filled in."""

    outputs: Callable[[Bars], tuple[np.ndarray, ...]]
    first_bars: tuple[int, ...]  # per output, the bar that holds the first value
    in_price_units: bool = False  # doubling prices doubles it, instead of leaving it alone


INDICATORS = {
    "simple_moving_average": Indicator(lambda bars: (simple_moving_average(bars.close, length=5),), (4,), True),
    "exponential_moving_average": Indicator(
        lambda bars: (exponential_moving_average(bars.close, length=5),), (4,), True
    ),
    "rolling_standard_deviation": Indicator(
        lambda bars: (rolling_standard_deviation(bars.close, length=4),), (3,), True
    ),
    "bollinger_bands": Indicator(lambda bars: bollinger_bands(bars.close, length=6, deviations=2.0), (5, 5, 5), True),
    "keltner_channels": Indicator(
        lambda bars: keltner_channels(bars.high, bars.low, bars.close, length=4, range_length=6, multiple=1.5),
        (6, 3, 6),
        True,
    ),
    "z_score": Indicator(lambda bars: (z_score(bars.close, length=5),), (4,)),
    "rolling_maximum": Indicator(lambda bars: (rolling_maximum(bars.high, length=7),), (6,), True),
    "rolling_minimum": Indicator(lambda bars: (rolling_minimum(bars.low, length=7),), (6,), True),
    "lagged_return": Indicator(lambda bars: (lagged_return(bars.close, lookback=6, skip=2),), (6,)),
    "macd": Indicator(lambda bars: macd(bars.close, fast=3, slow=6, signal=4), (8, 8, 8), True),
    "relative_strength_index": Indicator(lambda bars: (relative_strength_index(bars.close, length=4),), (4,)),
    "stochastic": Indicator(
        lambda bars: stochastic(bars.high, bars.low, bars.close, length=5, smooth=3, signal=2), (7, 7)
    ),
    "true_range": Indicator(lambda bars: (true_range(bars.high, bars.low, bars.close),), (1,), True),
    "average_true_range": Indicator(
        lambda bars: (average_true_range(bars.high, bars.low, bars.close, length=4),), (4,), True
    ),
    "directional_movement": Indicator(
        lambda bars: directional_movement(bars.high, bars.low, bars.close, length=4), (4, 4, 7)
    ),
    "parabolic_stop_and_reverse": Indicator(
        lambda bars: (parabolic_stop_and_reverse(bars.high, bars.low, acceleration=0.02, maximum=0.2),), (1,), True
    ),
    "on_balance_volume": Indicator(lambda bars: (on_balance_volume(bars.close, bars.volume),), (0,)),
}


def random_bars(*, n_series: int = 4, n_bars: int = 3000, seed: int = 3) -> Bars:
    rng = np.random.default_rng(seed)
    shape = (n_series, n_bars)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, shape), axis=1))
    opened = close * np.exp(rng.normal(0.0, 0.01, shape))
    high = np.maximum(opened, close) * np.exp(np.abs(rng.normal(0.0, 0.01, shape)))
    low = np.minimum(opened, close) * np.exp(-np.abs(rng.normal(0.0, 0.01, shape)))
    return Bars(high, low, close, rng.integers(1, 10**9, shape).astype(np.float64))


# a few round prices are drawn often, so that bars repeat and windows stand still
_close = arrays(np.float64, SHAPE, elements=st.one_of(st.floats(10.0, 200.0), st.sampled_from([50.0, 51.0])))
_reach = arrays(np.float64, SHAPE, elements=st.one_of(st.just(0.0), st.floats(0.0, 5.0)))
_volume = arrays(np.float64, SHAPE, elements=st.floats(0.0, 1e9))

any_bars = st.builds(
    lambda close, up, down, volume: Bars(close + up, close - down, close, volume), _close, _reach, _reach, _volume
)
any_gaps = arrays(np.bool_, SHAPE)
