"""The full history on made prices whose beginnings and gaps are known, and on the sample source."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from tests.tetra.scenarios.builders import AS_OF, make_history, small_catalogue
from tests.tetra.scenarios.real_histories import SAMPLE_AS_OF, sample_history

from tetra.data.prices import PriceHistory
from tetra.scenarios.full_history import full_history, own_coverage
from tetra.scenarios.scenario import Scenario

SETTINGS = small_catalogue(settings__warmup_bars=100).settings
HISTORY = make_history()  # AAA to EEE and GAP from 2020-01-02 on, GAP without one bar; VIX, which nobody trades


def without(symbol: str, columns: slice) -> PriceHistory:
    changed = {name: getattr(HISTORY, name).copy() for name in ("open", "high", "low", "close", "volume")}
    for field in changed.values():
        field[HISTORY.symbols.index(symbol), columns] = np.nan
    return replace(HISTORY, **changed)


def made(history: PriceHistory = HISTORY, as_of: date = AS_OF) -> Scenario:
    return full_history(history, SETTINGS, as_of)


def test_it_begins_when_the_warm_up_is_over_and_ends_at_the_as_of_date() -> None:
    scenario = made()
    assert (scenario.name, scenario.scenario_type, scenario.family) == ("Full History", "full_history", "full_history")
    np.testing.assert_array_equal(scenario.warmup, HISTORY.sessions[:100])
    np.testing.assert_array_equal(scenario.sessions, HISTORY.sessions[100:])
    assert (scenario.start_date, scenario.end_date) == (HISTORY.sessions[100].item(), AS_OF)
    assert scenario.symbols == HISTORY.symbols
    assert scenario.bars is not None
    np.testing.assert_array_equal(scenario.bars.close, HISTORY.close[:, 100:])
    np.testing.assert_array_equal(scenario.base_close, HISTORY.close[:, 99])


def test_it_waits_for_enough_tradable_symbols() -> None:
    # with AAA and GAP from column 40 on, the fifth tradable symbol begins there; VIX does not count
    late = without("AAA", slice(0, 40))
    late.close[HISTORY.symbols.index("GAP"), :40] = np.nan
    scenario = made(late)
    assert scenario.start_date == HISTORY.sessions[140].item()
    assert scenario.warmup.size == 100


def test_a_symbol_with_a_shorter_history_is_in_from_its_first_bar_on_and_never_filled_back() -> None:
    scenario = made(without("BBB", slice(0, 400)))
    row = scenario.symbols.index("BBB")
    assert scenario.bars is not None
    for field in scenario.bars.fields:
        assert np.isnan(field[row, :300]).all()
        assert np.isfinite(field[row, 300:]).all()
    assert np.isnan(scenario.base_close[row])
    assert scenario.expected_return is not None


def test_a_symbol_that_ends_early_is_in_and_not_carried_on() -> None:
    scenario = made(without("BBB", slice(400, None)))
    assert scenario.bars is not None
    close = scenario.bars.close[scenario.symbols.index("BBB")]
    assert np.isfinite(close[:300]).all()
    assert np.isnan(close[300:]).all()


def test_a_symbol_with_holes_or_a_single_bar_is_left_out_with_the_reason() -> None:
    # of columns 101 to 752, its first and last bar, 65 have none: 587 / 652
    holed = made(without("CCC", slice(100, None, 10)))
    entry = next(one for one in holed.coverage if one.symbol == "CCC")
    assert not entry.is_included
    assert entry.reason == "90.0% of the sessions from its first bar to its last, 95% needed"
    assert "CCC" not in holed.symbols
    single = made(without("CCC", slice(0, HISTORY.sessions.size - 1)))
    entry = next(one for one in single.coverage if one.symbol == "CCC")
    assert entry.reason == "too few bars in the window: 1, 2 needed"


def test_nothing_after_the_as_of_date_is_read() -> None:
    as_of = HISTORY.sessions[500].item()
    other = replace(HISTORY, close=HISTORY.close.copy())
    other.close[:, 501:] = np.nan
    before, after = made(as_of=as_of), made(other, as_of)
    assert before.bars is not None
    assert after.bars is not None
    np.testing.assert_array_equal(before.bars.close, after.bars.close)
    assert before.coverage == after.coverage
    assert before.sessions[-1] == np.datetime64(as_of)


def test_a_history_no_longer_than_the_warm_up_is_not_covered() -> None:
    scenario = made(as_of=HISTORY.sessions[99].item())
    assert scenario.status == "not_covered"
    assert scenario.reason == (
        f"0 tradable symbols have bars in the 0 sessions up to {HISTORY.sessions[99]} that follow a warm-up of 100, "
        "5 are needed"
    )
    assert not any(entry.is_included for entry in scenario.coverage)
    assert made(as_of=HISTORY.sessions[101].item()).status == "ready"


def test_coverage_is_of_a_series_own_life() -> None:
    close = np.array([[np.nan, 1.0, np.nan, 1.0, 1.0], [1.0] * 5, [np.nan] * 5, [np.nan, np.nan, 1.0, np.nan, np.nan]])
    np.testing.assert_array_equal(own_coverage(close), [0.75, 1.0, 0.0, 1.0])
    assert own_coverage(close[:, :0]).tolist() == [0.0] * 4


def test_the_sample_has_three_decades_with_every_symbol() -> None:
    scenario = full_history(sample_history(), small_catalogue().settings, SAMPLE_AS_OF)
    assert scenario.start_date == date(1991, 1, 2)  # 253 sessions after 1990-01-02
    assert scenario.symbols == sample_history().symbols
    assert scenario.bars is not None
    first = {
        symbol: int(np.isfinite(row).argmax())
        for symbol, row in zip(scenario.symbols, scenario.bars.close, strict=True)
    }
    assert first["AAPL"] == 0
    assert str(scenario.sessions[first["META"]]) == "2012-05-18"
