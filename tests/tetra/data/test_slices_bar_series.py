"""Kernels that compare a bar with its neighbours: each finds what it is for, and leaves a fair market alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tetra.data import slices_bar_series as kernels
from tetra.data.adjustments import RAW, SPLIT, TOTAL

NO_ACTIONS = kernels.Actions(np.array([], int), np.array([], int), np.array([], bool), np.array([], float))


def actions(*rows: tuple[int, int, str, float]) -> kernels.Actions:
    """Return actions from rows of (series, day, split or dividend, value)."""
    return kernels.Actions(
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2] == "split" for row in rows]),
        np.array([row[3] for row in rows], dtype=float),
    )


def explained(close: list[float], basis: int | list[int], *rows: tuple[int, int, str, float]) -> list[float]:
    """Return what each of one series' closes, on days 0, 1, 2, ..., begins from."""
    size = len(close)
    found = kernels.explained_closes(
        np.zeros(size, dtype=int),
        np.arange(size),
        np.array(close),
        np.broadcast_to(np.array(basis), size).astype(int),
        actions(*rows) if rows else NO_ACTIONS,
    )
    return found.tolist()


def same(found: object, expected: list[float]) -> bool:
    return np.allclose(found, expected, equal_nan=True)


def test_a_return_is_between_positive_closes_of_the_same_series_only():
    series = np.array([0, 0, 0, 1, 1, 1])
    close = np.array([10.0, 11.0, 9.9, 5.0, -1.0, 2.0])
    found = kernels.returns_on(kernels.previous_within(series, close), close)
    assert same(found, [np.nan, 0.1, -0.1, np.nan, np.nan, np.nan])


def test_the_next_value_is_of_the_same_series_only():
    assert same(kernels.next_within(np.array([0, 0, 1]), np.array([1.0, 2.0, 3.0])), [2.0, np.nan, np.nan])


def test_a_raw_close_begins_from_the_one_before_over_the_split_less_the_dividend():
    # 10 a share: after 2 for 1 that is 5, less 0.5 a new share
    assert same(explained([10, 4.5], RAW, (0, 1, "split", 2.0), (0, 1, "dividend", 0.5)), [np.nan, 4.5])


def test_an_action_on_a_day_without_a_bar_counts_on_the_next_bar_of_its_series():
    found = kernels.explained_closes(
        np.array([0, 0, 1, 1]),
        np.array([0, 5, 0, 5]),
        np.array([10.0, 5.0, 8.0, 8.0]),
        np.full(4, RAW),
        actions((0, 3, "split", 2.0), (0, 9, "split", 4.0)),
    )
    assert same(found, [np.nan, 5.0, np.nan, 8.0])


def test_split_adjusted_closes_owe_the_dividend_in_the_shares_of_today_and_no_split():
    # 1.0 was paid for each old share, each of which is four now
    rows = (0, 1, "dividend", 1.0), (0, 2, "split", 4.0)
    assert same(explained([10, 9.75, 9.75], SPLIT, *rows), [np.nan, 9.75, 9.75])


def test_totally_adjusted_closes_owe_nothing():
    rows = (0, 1, "dividend", 1.0), (0, 1, "split", 4.0)
    assert same(explained([10, 10], TOTAL, *rows), [np.nan, 10.0])


def test_closes_of_different_bases_are_not_compared():
    assert same(explained([10, 10, 10], [RAW, SPLIT, SPLIT]), [np.nan, np.nan, 10.0])


def test_outliers_agree_with_pandas_over_the_252_returns_before():
    rng = np.random.default_rng(1)
    series = np.repeat([0, 1], [400, 300])
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 700)))
    simple_return = kernels.returns_on(kernels.previous_within(series, close), close)
    frame = pd.DataFrame({"series": series, "r": simple_return})
    before = frame.groupby("series")["r"].transform(lambda r: r.shift().rolling(252, min_periods=60).std())
    assert np.allclose(kernels.zscores_within(series, simple_return), simple_return / before, equal_nan=True, rtol=1e-6)


def test_a_series_that_never_moves_has_no_outliers():
    series, simple_return = np.zeros(100, dtype=int), np.zeros(100)
    assert np.isnan(kernels.zscores_within(series, simple_return)).all()


def test_a_run_of_one_value_is_counted_once_on_its_last_bar_within_its_series():
    series = np.array([0, 0, 0, 0, 1, 1, 1])
    values = np.array([5.0, 5.0, 5.0, 6.0, 6.0, np.nan, np.nan])
    assert kernels.unchanged_bars(series, values).tolist() == [1, 1, 3, 1, 1, 1, 1]


@pytest.mark.parametrize(("close", "power"), [(100.0, 10.0), (1.0, 0.1), (1100.0, 100.0), (0.012, 0.001)])
def test_a_close_off_by_a_power_of_ten_beside_two_neighbours_that_agree_is_a_decimal_shift(close, power):
    found = kernels.decimal_shifts(np.zeros(3, dtype=int), np.array([10.0, close, 10.4]))
    assert same(found, [np.nan, power, np.nan])


@pytest.mark.parametrize(
    "close",
    [
        pytest.param([10.0, 100.0, 101.0], id="a level that stays"),
        pytest.param([10.0, 30.0, 10.0], id="no power of ten"),
        pytest.param([10.0, 100.0], id="no bar after it"),
        pytest.param([18.31, -36.98, 8.91], id="oil below zero"),
        pytest.param([10.0, 10.1, 9.9], id="a fair market"),
    ],
)
def test_nothing_else_is_a_decimal_shift(close):
    assert np.isnan(kernels.decimal_shifts(np.zeros(len(close), dtype=int), np.array(close))).all()


def test_a_neighbour_of_another_series_shows_no_decimal_shift():
    assert np.isnan(kernels.decimal_shifts(np.array([0, 1, 1]), np.array([10.0, 100.0, 10.0]))).all()


def test_a_jump_taken_back_is_told_by_its_factor_unless_it_is_a_decimal_shift():
    found = kernels.reversed_jumps(np.zeros(7, dtype=int), np.array([10.0, 30.0, 10.0, 100.0, 10.0, 13.0, 10.0]))
    assert same(found[[1, 3, 5]], [3.0, np.nan, np.nan])


def seams(
    close: list[float], *rows: tuple[int, int, str, float], basis: int = RAW, opens: object = None
) -> list[float]:
    before = np.array(explained(close, basis, *rows))
    opened = np.full(len(close), np.nan) if opens is None else np.array(opens, dtype=float)
    return kernels.split_seams(np.zeros(len(close), dtype=int), before, opened, np.array(close)).tolist()


def test_a_fall_by_half_without_a_split_is_a_seam_and_with_one_is_not():
    assert same(seams([10, 5.05, 5.1]), [np.nan, 2.0, np.nan])
    assert same(seams([10, 5.05, 5.1], (0, 1, "split", 2.0)), [np.nan] * 3)


def test_a_split_that_the_price_does_not_show_is_a_seam_the_other_way():
    assert same(seams([10, 10.1, 10], (0, 1, "split", 2.0)), [np.nan, 0.5, np.nan])


def test_adjusted_closes_may_not_show_a_split_at_all():
    split = (0, 1, "split", 2.0)
    assert same(seams([10, 10.1, 10], split, basis=SPLIT), [np.nan] * 3)
    assert same(seams([10, 5.05, 5.1], split, basis=SPLIT), [np.nan, 2.0, np.nan])


def test_a_jump_that_is_taken_back_or_that_opens_elsewhere_is_no_seam():
    assert same(seams([10, 5, 10]), [np.nan] * 3)
    assert same(seams([10, 5, 5.1], opens=[10, 9, 5]), [np.nan] * 3)


def test_a_spin_off_booked_as_a_dividend_is_no_seam():
    assert same(seams([10, 5, 5.1], (0, 1, "dividend", 5.0)), [np.nan] * 3)
