from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tetra.scenarios.builders import AS_OF, make_history, small_catalogue
from tests.tetra.scenarios.real_histories import FILES_AS_OF, SAMPLE_AS_OF, files_history, sample_history

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.prices import PriceHistory
from tetra.errors import ScenarioError
from tetra.scenarios.catalogue import HistoricalEvent, load_catalogue
from tetra.scenarios.historical import replay
from tetra.scenarios.scenario import Scenario, total_returns

HISTORY = make_history()
SETTINGS = small_catalogue().settings


def event(start: date, end: date, **fields: object) -> HistoricalEvent:
    return HistoricalEvent.model_validate(
        {"name": "Episode", "family": "crisis", "start_date": start, "end_date": end, **fields}
    )


def replayed(
    of: HistoricalEvent, *, history: PriceHistory = HISTORY, as_of: date = AS_OF, warmup_bars: int = 252
) -> Scenario:
    expected = sessions_between(STOCK_CALENDAR, of.start_date, of.end_date)
    settings = SETTINGS.model_copy(update={"warmup_bars": warmup_bars})
    return replay(of, history, expected=expected, as_of=as_of, settings=settings)


def included(scenario: Scenario) -> list[str]:
    return [entry.symbol for entry in scenario.coverage if entry.is_included]


@given(first=st.integers(0, 700), length=st.integers(1, 50))
def test_window_bars_are_the_sources_bars(first: int, length: int) -> None:
    days = HISTORY.sessions[first : first + length]
    scenario = replayed(event(days[0].item(), days[-1].item()))
    assert scenario.bars is not None
    columns = np.isin(HISTORY.sessions, days)
    rows = [HISTORY.symbols.index(symbol) for symbol in scenario.symbols]
    for field in ("open", "high", "low", "close", "volume"):
        source = getattr(HISTORY, field)[rows][:, columns]
        np.testing.assert_array_equal(getattr(scenario.bars, field), source)
    np.testing.assert_array_equal(scenario.sessions, days)


def test_warm_up_is_the_bars_before_the_window_and_shorter_where_history_is() -> None:
    long = replayed(event(date(2021, 6, 1), date(2021, 7, 30)))
    assert long.warmup.size == 252
    assert long.warmup[-1] == np.datetime64("2021-05-28")  # the Friday before Memorial Day
    short = replayed(event(date(2020, 1, 16), date(2020, 3, 31)))
    assert [str(day) for day in short.warmup] == [str(day) for day in HISTORY.sessions[:10]]
    assert short.parameters["warmup_bars"] == 10


def test_a_symbol_with_too_few_sessions_is_left_out_with_the_reason() -> None:
    # GAP lacks one session; of 10 it holds 90 %, of 40 it holds 97.5 %
    days = HISTORY.sessions[-15:-5]
    short = replayed(event(days[0].item(), days[-1].item()))
    gap = next(entry for entry in short.coverage if entry.symbol == "GAP")
    assert (gap.is_included, gap.coverage) == (False, 0.9)
    assert gap.reason == "9 of the window's 10 sessions, 95% needed"
    days = HISTORY.sessions[-40:]
    long = replayed(event(days[0].item(), days[-1].item()))
    assert "GAP" in included(long)
    assert long.bars is not None
    row = long.symbols.index("GAP")
    assert np.isnan(long.bars.close[row]).sum() == 1, "a missing bar stays missing"


def test_a_scenario_without_its_required_symbol_is_not_covered() -> None:
    squeeze = event(
        date(2021, 1, 11), date(2021, 2, 10), required_symbols=["GME"], affected_symbols=["GME", "AMC", "AAA"]
    )
    scenario = replayed(squeeze)
    assert scenario.status == "not_covered"
    assert scenario.reason == (
        "required symbol GME has 0 of the window's 22 sessions, 95% needed; affected and not in: GME, AMC"
    )
    assert included(scenario) == []
    assert all(entry.reason for entry in scenario.coverage)


def test_a_required_symbol_with_too_few_sessions_says_how_many() -> None:
    days = HISTORY.sessions[-15:-5]
    scenario = replayed(event(days[0].item(), days[-1].item(), required_symbols=["GAP"]))
    assert scenario.reason == "required symbol GAP has 9 of the window's 10 sessions, 95% needed"


def test_a_window_before_the_data_is_not_covered() -> None:
    scenario = replayed(event(date(2008, 9, 2), date(2009, 3, 9)))
    assert scenario.reason == "0 tradable symbols have 95% of the window's 130 sessions, 5 are needed"
    assert scenario.bars is None


def test_only_tradable_symbols_count_towards_the_least_number() -> None:
    few = replace(HISTORY, close=HISTORY.close.copy())
    few.close[:2] = np.nan  # leaves CCC, DDD, EEE, GAP and VIX
    scenario = replayed(event(date(2021, 6, 1), date(2021, 7, 30)), history=few)
    assert scenario.reason is not None
    assert scenario.reason.startswith("4 tradable symbols")


def test_a_window_that_ends_after_the_as_of_date_is_covered_when_nearly_all_of_it_is_known() -> None:
    # 2022-03-01 to 2022-12-31 has 212 sessions; by the 28th 210 are known (99 %), by 30 September 149 (70 %)
    hikes = event(date(2022, 3, 1), date(2022, 12, 31))
    known = replayed(hikes)
    assert known.status == "ready"
    assert known.sessions.size == 210
    assert known.sessions[-1] == np.datetime64(AS_OF)
    assert known.end_date == AS_OF
    too_early = replayed(hikes, as_of=date(2022, 9, 30))
    assert too_early.reason == (
        "the window ends 2022-12-31, after the as-of date 2022-09-30: 149 of its 212 sessions are known"
    )


def test_nothing_after_the_as_of_date_is_read() -> None:
    as_of = date(2022, 12, 20)
    hikes = event(
        date(2022, 3, 1),
        date(2022, 12, 31),
        key_events=[
            {"date": date(2022, 12, 14), "event": "known", "source": "a"},
            {"date": date(2022, 12, 21), "event": "not yet", "source": "a"},
        ],
    )
    future = np.flatnonzero(HISTORY.sessions > np.datetime64(as_of))
    other = replace(HISTORY, close=HISTORY.close.copy(), open=HISTORY.open.copy())
    other.close[:, future] *= 7.0
    other.open[:, future] = np.nan
    before, after = replayed(hikes, as_of=as_of), replayed(hikes, history=other, as_of=as_of)
    assert before.bars is not None
    assert after.bars is not None
    np.testing.assert_array_equal(before.bars.close, after.bars.close)
    np.testing.assert_array_equal(before.bars.open, after.bars.open)
    assert before.sessions[-1] == np.datetime64(as_of)
    assert before.coverage == after.coverage
    assert [entry["event"] for entry in before.key_events] == ["known"]


def test_context_reaches_the_configured_days_around_the_window_and_not_beyond_the_data() -> None:
    middle = replayed(event(date(2021, 6, 1), date(2021, 7, 30)))
    days = HISTORY.sessions
    first, last = (int(np.searchsorted(days, np.datetime64(day))) for day in ("2021-06-01", "2021-07-30"))
    assert middle.parameters["context_days"] == 30
    assert middle.parameters["context_start"] == str(days[first - 30])
    assert middle.parameters["context_end"] == str(days[last + 30])
    whole = replayed(event(date(2020, 1, 3), date(2022, 12, 20)), as_of=date(2022, 12, 22))
    assert whole.parameters["context_start"] == "2020-01-02"
    assert whole.parameters["context_end"] == "2022-12-22"


def test_what_is_told_of_an_event_is_kept_whether_it_is_covered_or_not() -> None:
    told = {
        "volatility_multiplier": 5.0,
        "affected_symbols": ["GME", "AMC"],
        "affected_sectors": ["Consumer Discretionary"],
        "key_events": [{"date": date(2021, 1, 28), "event": "halted", "source": "a report"}],
    }
    for required in ([], ["GME"]):
        scenario = replayed(event(date(2021, 1, 11), date(2021, 2, 10), required_symbols=required, **told))
        assert scenario.status == ("not_covered" if required else "ready")
        assert scenario.volatility_multiplier == 5.0
        assert scenario.affected_symbols == ("GME", "AMC")
        assert scenario.parameters["affected_sectors"] == ["Consumer Discretionary"]
        assert scenario.key_events == ({"date": "2021-01-28", "event": "halted", "source": "a report"},)


def catalogue_replayed(history: PriceHistory, as_of: date) -> dict[str, Scenario]:
    catalogue = load_catalogue()
    made = {}
    for entry in catalogue.historical:
        expected = sessions_between(STOCK_CALENDAR, entry.start_date, entry.end_date)
        made[entry.name] = replay(entry, history, expected=expected, as_of=as_of, settings=catalogue.settings)
    return made


SQUEEZE = "required symbol GME has 0 of the window's 22 sessions, 95% needed; affected and not in: GME, AMC, BB, NOK"


def test_the_files_cover_17_of_the_19_events(market_data: Path) -> None:
    made = catalogue_replayed(files_history(market_data), FILES_AS_OF)
    assert {name: scenario.reason for name, scenario in made.items() if scenario.reason} == {
        "GameStop Squeeze 2021": SQUEEZE,
        "Tariff Cycle 2025-2026": (
            "the window ends 2026-06-30, after the as-of date 2026-02-06: 255 of its 353 sessions are known"
        ),
    }
    assert len(made) == 19
    sectors = {f"XL{letter}" for letter in "BCEFIKPUVY"} | {"XLRE"}
    late = [scenario for scenario in made.values() if scenario.bars is not None and scenario.end_date.year > 2021]
    assert len(late) == 7
    for scenario in late:
        assert {s for s, traded in zip(scenario.symbols, scenario.is_tradable, strict=True) if traded} == sectors
    assert len(made["COVID-19"].symbols) > 500


def test_spy_falls_by_a_third_in_the_covid_cycle(market_data: Path) -> None:
    scenario = catalogue_replayed(files_history(market_data), FILES_AS_OF)["COVID-19"]
    assert scenario.bars is not None
    spy = scenario.bars.close[scenario.symbols.index("SPY")]
    low = int(np.searchsorted(scenario.sessions, np.datetime64("2020-03-23")))
    assert str(scenario.sessions[0]) == "2020-02-19"
    assert spy.argmin() == low
    assert spy[low] / spy[0] - 1 == pytest.approx(-0.337, abs=0.0005)


def test_the_sample_covers_11_of_the_19_events() -> None:
    made = catalogue_replayed(sample_history(), SAMPLE_AS_OF)
    assert sum(scenario.status == "ready" for scenario in made.values()) == 11
    reasons = {name: scenario.reason for name, scenario in made.items() if scenario.reason}
    assert len(reasons) == 8
    assert reasons.pop("GameStop Squeeze 2021") == SQUEEZE
    for reason in reasons.values():
        assert "after the as-of date 2022-12-28" in reason


def test_a_window_without_a_session_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="no session from 2021-01-16 to 2021-01-18"):
        replayed(event(date(2021, 1, 16), date(2021, 1, 18)))  # a weekend and Martin Luther King Day


def test_total_return_counts_from_the_close_before_the_window() -> None:
    # 100 -> 90 is -10 %; without a close before, 110 -> 90 is -2/11; a negative start has no return
    close = np.array([[110.0, 90.0], [110.0, 90.0], [5.0, 6.0], [np.nan, 8.0]])
    returns = total_returns(np.array([100.0, np.nan, -37.0, 4.0]), close)
    np.testing.assert_allclose(returns, [-0.1, -2 / 11, np.nan, 1.0])


def test_expected_return_is_the_mean_over_tradable_symbols() -> None:
    scenario = replayed(event(date(2021, 6, 1), date(2021, 7, 30)))
    before = int(np.searchsorted(HISTORY.sessions, np.datetime64("2021-05-28")))
    last = int(np.searchsorted(HISTORY.sessions, np.datetime64("2021-07-30")))
    tradable = HISTORY.close[HISTORY.is_tradable]
    assert scenario.expected_return == pytest.approx((tradable[:, last] / tradable[:, before] - 1).mean(), rel=1e-12)
