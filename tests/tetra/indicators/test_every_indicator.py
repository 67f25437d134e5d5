"""What holds for every indicator: causal to the bit, unmoved by gaps, NaN until warm, indifferent to the unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tetra.indicators.bars import INDICATORS, SHAPE, Bars, any_bars, any_gaps, random_bars

every_indicator = pytest.mark.parametrize("name", INDICATORS)
few_examples = settings(deadline=None, max_examples=50)


@every_indicator
@few_examples
@given(bars=any_bars, gaps=any_gaps)
def test_an_indicator_is_that_of_the_series_without_its_gaps(name: str, bars: Bars, gaps: np.ndarray) -> None:
    outputs = INDICATORS[name].outputs(bars.map(lambda values: np.where(gaps, np.nan, values)))
    for row in range(SHAPE[0]):
        own = ~gaps[row]
        alone = INDICATORS[name].outputs(bars.map(lambda values, row=row, own=own: values[row : row + 1, own]))
        for output, expected in zip(outputs, alone, strict=True):
            assert np.isnan(output[row, gaps[row]]).all()
            np.testing.assert_array_equal(output[row, own], expected[0])


@every_indicator
def test_a_long_series_with_gaps_equals_the_series_without_them(name: str) -> None:
    # long enough for running sums to be summed afresh many times, beside a row that has no gap
    bars = random_bars(n_series=3, n_bars=2000, seed=21)
    gaps = np.random.default_rng(22).random((3, 2000)) < np.array([[0.0], [0.05], [0.5]])
    outputs = INDICATORS[name].outputs(bars.map(lambda values: np.where(gaps, np.nan, values)))
    for row in range(3):
        own = ~gaps[row]
        alone = INDICATORS[name].outputs(bars.map(lambda values, row=row, own=own: values[row : row + 1, own]))
        for output, expected in zip(outputs, alone, strict=True):
            assert np.isnan(output[row, gaps[row]]).all()
            np.testing.assert_array_equal(output[row, own], expected[0])


@every_indicator
@few_examples
@given(bars=any_bars, future=any_bars, cut=st.integers(0, SHAPE[1]))
def test_a_changed_future_moves_nothing_in_the_past(name: str, bars: Bars, future: Bars, cut: int) -> None:
    changed = Bars(
        *(
            np.concatenate([before[:, :cut], after[:, cut:]], axis=1)
            for before, after in zip(vars(bars).values(), vars(future).values(), strict=True)
        )
    )
    for output, moved in zip(INDICATORS[name].outputs(bars), INDICATORS[name].outputs(changed), strict=True):
        np.testing.assert_array_equal(moved[:, :cut], output[:, :cut])


@every_indicator
@pytest.mark.parametrize("cut", [255, 256, 700, 999])
def test_a_cut_future_moves_nothing_in_a_long_past(name: str, cut: int) -> None:
    bars = random_bars(n_series=2, n_bars=1000, seed=23)
    whole = INDICATORS[name].outputs(bars)
    truncated = INDICATORS[name].outputs(bars.map(lambda values: values[:, :cut]))
    for output, expected in zip(truncated, whole, strict=True):
        np.testing.assert_array_equal(output, expected[:, :cut])


@every_indicator
@pytest.mark.parametrize("n_bars", range(14))
def test_values_stand_from_the_first_bar_they_can_and_a_short_series_has_none(name: str, n_bars: int) -> None:
    bars = random_bars(n_series=2, n_bars=n_bars)
    for output, first_bar in zip(INDICATORS[name].outputs(bars), INDICATORS[name].first_bars, strict=True):
        assert output.shape == (2, n_bars)
        np.testing.assert_array_equal(np.isnan(output), np.tile(np.arange(n_bars) < first_bar, (2, 1)))


@every_indicator
@few_examples
@given(bars=any_bars)
def test_doubling_prices_doubles_what_is_a_price_and_moves_nothing_else(name: str, bars: Bars) -> None:
    factor = 2.0 if INDICATORS[name].in_price_units else 1.0
    doubled = INDICATORS[name].outputs(bars.with_prices(lambda values: 2.0 * values))
    for output, expected in zip(doubled, INDICATORS[name].outputs(bars), strict=True):
        np.testing.assert_array_equal(output, factor * expected)


@every_indicator
def test_the_input_stays_as_it_was(name: str) -> None:
    bars = random_bars(n_bars=40)
    before = bars.map(np.copy)
    for output in INDICATORS[name].outputs(bars):
        for values, copy in zip(vars(bars).values(), vars(before).values(), strict=True):
            assert not np.shares_memory(output, values)
            np.testing.assert_array_equal(values, copy)


@every_indicator
def test_a_series_that_is_all_gap_has_no_value(name: str) -> None:
    bars = random_bars(n_series=2, n_bars=20).map(lambda values: np.where([[True], [False]], np.nan, values))
    for output in INDICATORS[name].outputs(bars):
        assert np.isnan(output[0]).all()
        assert np.isfinite(output[1, -1])


@few_examples
@given(any_bars)
def test_oscillators_stay_within_their_scale(bars: Bars) -> None:
    for name in ("relative_strength_index", "stochastic", "directional_movement"):
        for output in INDICATORS[name].outputs(bars):
            known = output[~np.isnan(output)]
            assert ((known >= 0.0) & (known <= 100.0 + 1e-9)).all(), name


@few_examples
@given(any_bars)
def test_bands_and_channels_are_in_order(bars: Bars) -> None:
    for name in ("bollinger_bands", "keltner_channels"):
        lower, middle, upper = (output[:, 6:] for output in INDICATORS[name].outputs(bars))
        assert ((lower <= middle) & (middle <= upper)).all(), name
    (highest,), (lowest,) = (INDICATORS[name].outputs(bars) for name in ("rolling_maximum", "rolling_minimum"))
    assert (lowest[:, 6:] <= bars.close[:, 6:]).all()
    assert (bars.close[:, 6:] <= highest[:, 6:]).all()
