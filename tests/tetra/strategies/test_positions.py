"""Comparisons and latches, the last step of most rules, against plain loops on any input."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tetra.strategies.latch import held_between, held_in_channel
from tetra.strategies.positions import long_above_short_below, long_while_above

NAN = np.nan
SHAPE = (3, 12)
flags = arrays(np.bool_, SHAPE)
numbers = arrays(np.float64, SHAPE, elements=st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0, NAN]))


def test_a_latch_leaves_where_both_conditions_hold_and_waits_where_neither_can_be_judged() -> None:
    enter = np.array([[True, False, True, True, False]])
    leave = np.array([[False, False, True, False, True]])
    ready = np.array([[True, True, True, True, False]])
    np.testing.assert_array_equal(held_between(enter, leave, ready), [[1.0, 1.0, 0.0, 1.0, NAN]])


def test_a_channel_is_that_of_the_bar_before_and_a_gap_is_no_bar() -> None:
    close = np.array([[5.0, 6.0, NAN, 7.0, 3.0]])
    upper = np.array([[5.0, 6.5, NAN, 9.0, 9.0]])
    lower = np.array([[4.0, 4.0, NAN, 4.0, 4.0]])
    # bar 1: 6 above 5; bar 3 is compared with bar 1 (6.5, 4): held; bar 4: 3 below 4
    np.testing.assert_array_equal(held_in_channel(close, upper, lower), [[NAN, 1.0, NAN, 1.0, 0.0]])


@settings(deadline=None)
@given(enter=flags, leave=flags, ready=flags)
def test_a_latch_is_the_last_judged_condition(enter: np.ndarray, leave: np.ndarray, ready: np.ndarray) -> None:
    weights = held_between(enter, leave, ready)
    for row, bar in np.ndindex(SHAPE):
        if not ready[row, bar]:
            assert np.isnan(weights[row, bar])
            continue
        told = [before for before in range(bar + 1) if ready[row, before] and (enter | leave)[row, before]]
        assert weights[row, bar] == (1.0 if told and not leave[row, told[-1]] else 0.0)


@settings(deadline=None)
@given(close=numbers, upper=numbers, lower=numbers)
def test_a_channel_position_is_the_last_break(close: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> None:
    weights = held_in_channel(close, upper, lower)
    for row in range(SHAPE[0]):
        state, top, bottom = 0.0, NAN, NAN
        for bar in range(SHAPE[1]):
            price = close[row, bar]
            is_judged = all(value == value for value in (price, top, bottom))
            if is_judged:
                state = 0.0 if price < bottom else 1.0 if price > top else state
            np.testing.assert_equal(weights[row, bar], state if is_judged else NAN)
            top = upper[row, bar] if upper[row, bar] == upper[row, bar] else top
            bottom = lower[row, bar] if lower[row, bar] == lower[row, bar] else bottom


@settings(deadline=None)
@given(line=numbers, level=numbers)
def test_a_comparison_is_that_of_each_bar(line: np.ndarray, level: np.ndarray) -> None:
    sign = np.sign(line - level)
    np.testing.assert_array_equal(long_above_short_below(line, level), sign)
    np.testing.assert_array_equal(long_while_above(line, level), np.maximum(sign, 0.0))
