from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tetra.scenarios.builders import AS_OF, TRADED, make_history

from tetra.calendars import STOCK_CALENDAR, sessions_after
from tetra.errors import ScenarioError
from tetra.scenarios.bootstrap import Season, draw_blocks, draw_seasonal_blocks, resample, resample_many
from tetra.scenarios.lookback import Lookback, select

HISTORY = make_history()


def lookback() -> Lookback:
    selected, _ = select(HISTORY, days=504)
    assert selected is not None
    return selected


LOOKBACK = lookback()
WINDOW = sessions_after(STOCK_CALENDAR, AS_OF, 252)


@given(days=st.integers(20, 600), sessions=st.integers(1, 300), block=st.integers(1, 40), seed=st.integers(0, 99))
def test_draws_are_consecutive_within_blocks_and_wrap_around(days: int, sessions: int, block: int, seed: int) -> None:
    draws = draw_blocks(days, sessions, block_length=block, rng=np.random.default_rng(seed))
    assert draws.shape == (sessions,)
    assert draws.min() >= 0
    assert draws.max() < days
    steps = np.diff(draws) % days
    inside = np.arange(1, sessions) % block != 0
    assert (steps[inside] == 1 % days).all()


def test_symbols_with_a_gap_are_left_out_with_the_reason() -> None:
    _, coverage = select(HISTORY, days=504)
    assert LOOKBACK.symbols == (*TRADED, "VIX")
    gap = next(entry for entry in coverage if entry.symbol == "GAP")
    assert gap.coverage == 504 / 505
    assert gap.reason == "504 of the last 505 sessions; days are drawn jointly, so all are needed"


def test_a_tradable_symbol_with_a_negative_price_is_left_out_with_the_reason() -> None:
    history = make_history()
    history.close[0, -100] = -36.98  # as WTI closed on 2020-04-20
    selected, coverage = select(history, days=504)
    assert selected is not None
    assert "AAA" not in selected.symbols
    assert coverage[0].reason == "a price of the last 505 sessions is not positive, so no return leads to or from it"


def test_history_shorter_than_the_lookback_has_none() -> None:
    selected, coverage = select(HISTORY, days=HISTORY.sessions.size)
    assert selected is None
    assert not any(entry.is_included for entry in coverage)


def test_a_path_made_by_hand() -> None:
    # drawn: the last day twice; AAA must move by that day's ratio both times, from its last close
    draws = np.array([503, 503])
    paths = resample(LOOKBACK, draws)
    last, before = LOOKBACK.bars.close[0, -1], LOOKBACK.previous_close[0, -1]
    growth = last / before
    np.testing.assert_allclose(paths.close[0], [last * growth, last * growth**2], rtol=1e-12)
    np.testing.assert_allclose(paths.open[0, 1], last * growth * LOOKBACK.bars.open[0, -1] / before, rtol=1e-12)
    np.testing.assert_array_equal(paths.volume[0], LOOKBACK.bars.volume[0, [503, 503]])


@given(seed=st.integers(0, 10_000))
def test_the_cross_section_of_each_drawn_day_is_a_real_days(seed: int) -> None:
    paths = resample(LOOKBACK, draw_blocks(504, 60, block_length=20, rng=np.random.default_rng(seed)))
    traded = LOOKBACK.is_tradable
    close = np.concatenate([LOOKBACK.last_close[:, None], paths.close], axis=1)[traded]
    drawn = close[:, 1:] / close[:, :-1]
    real = (LOOKBACK.bars.close / LOOKBACK.previous_close)[traded]
    # which real day it is, told by the first symbol alone; then all others must agree
    day = np.abs(drawn[0][:, None] - real[0][None, :]).argmin(axis=1)
    np.testing.assert_allclose(drawn, real[:, day], rtol=1e-9)


@given(seed=st.integers(0, 10_000))
def test_bars_keep_their_shape_and_their_order(seed: int) -> None:
    draws = draw_blocks(504, 60, block_length=20, rng=np.random.default_rng(seed))
    paths = resample(LOOKBACK, draws)
    full = [LOOKBACK.symbols.index(name) for name in TRADED[:4]]
    np.testing.assert_allclose(
        (paths.high / paths.low)[full], (LOOKBACK.bars.high / LOOKBACK.bars.low)[full][:, draws], rtol=1e-9
    )
    slack = 1 + 1e-12
    assert (paths.low[full] <= np.minimum(paths.open, paths.close)[full] * slack).all()
    assert (paths.high[full] * slack >= np.maximum(paths.open, paths.close)[full]).all()


def test_a_field_the_source_does_not_have_is_not_made_up() -> None:
    paths = resample(LOOKBACK, np.arange(30))
    row = LOOKBACK.symbols.index("EEE")
    for field in (paths.open, paths.high, paths.low, paths.volume):
        assert np.isnan(field[row]).all()
    assert np.isfinite(paths.close).all()


@given(seed=st.integers(0, 10_000))
def test_series_nobody_trades_take_the_level_of_the_drawn_day(seed: int) -> None:
    draws = draw_blocks(504, 252, block_length=20, rng=np.random.default_rng(seed))
    paths = resample(LOOKBACK, draws)
    row = LOOKBACK.symbols.index("VIX")
    np.testing.assert_array_equal(paths.close[row], LOOKBACK.bars.close[row, draws])
    assert LOOKBACK.bars.close[row].min() <= paths.close[row].min()
    assert paths.close[row].max() <= LOOKBACK.bars.close[row].max()


def test_the_source_is_not_changed() -> None:
    before = [field.copy() for field in LOOKBACK.bars.fields]
    resample(LOOKBACK, np.arange(100))
    for field, copy in zip(LOOKBACK.bars.fields, before, strict=True):
        np.testing.assert_array_equal(field, copy)


def test_many_paths_are_the_same_as_one_by_one() -> None:
    rng = np.random.default_rng(2)
    draws = np.stack([draw_blocks(504, 40, block_length=20, rng=rng) for _ in range(70)])
    batches = list(resample_many(LOOKBACK, draws))
    assert [batch.shape[0] for batch in batches] == [64, 6]
    together = np.concatenate(batches)
    for path in (0, 63, 64, 69):
        np.testing.assert_array_equal(together[path], resample(LOOKBACK, draws[path]).close)


def months(sessions: np.ndarray) -> np.ndarray:
    return sessions.astype("datetime64[M]").astype(int) % 12


@given(season=st.sampled_from(["month", "quarter"]), block=st.integers(1, 40), seed=st.integers(0, 99))
def test_blocks_of_a_season_start_in_the_season_they_are_put_on(season: Season, block: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    draws = draw_seasonal_blocks(LOOKBACK.sessions, WINDOW, season=season, block_length=block, rng=rng)
    assert draws.shape == (252,)
    drawn, wanted = months(LOOKBACK.sessions)[draws[::block]], months(WINDOW)[::block]
    width = {"month": 1, "quarter": 3}[season]
    np.testing.assert_array_equal(drawn // width, wanted // width)
    inside = np.arange(1, 252) % block != 0
    assert (np.diff(draws)[inside] % 504 == 1).all()


def test_every_day_of_a_season_is_as_likely_a_start() -> None:
    # 40 days of March in the two years; 4,000 draws of one block, each day 100 times give or take 10
    march = sessions_after(STOCK_CALENDAR, date(2023, 3, 1), 1)
    rng = np.random.default_rng(4)
    starts = np.concatenate(
        [draw_seasonal_blocks(LOOKBACK.sessions, march, season="month", block_length=20, rng=rng) for _ in range(4000)]
    )
    counts = np.bincount(starts, minlength=504)
    possible = months(LOOKBACK.sessions) == 2
    assert counts[~possible].sum() == 0
    assert possible.sum() > 40
    assert abs(counts[possible] - 4000 / possible.sum()).max() < 5 * (4000 / possible.sum()) ** 0.5


def test_a_season_that_the_source_does_not_have_is_an_error() -> None:
    summer = LOOKBACK.sessions[(months(LOOKBACK.sessions) >= 5) & (months(LOOKBACK.sessions) <= 7)][:60]
    with pytest.raises(ScenarioError, match="is in the month of 2022-12-29; lengthen lookback_sessions to a year"):
        draw_seasonal_blocks(summer, WINDOW, season="month", block_length=20, rng=np.random.default_rng(1))
