"""Rules of the calendar: decided by the next session as the exchange knows it, never by the block's next bar."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from tests.tetra.strategies.rule_contract import CHECKS, NAN, bars, walk_block

from tetra import calendars
from tetra.errors import StrategyError
from tetra.strategies import next_session
from tetra.strategies.base import PriceBlock, Strategy
from tetra.strategies.halloween import Halloween
from tetra.strategies.turn_of_month import TurnOfMonth

RULES = (TurnOfMonth(), Halloween())


def on_days(*days: str) -> PriceBlock:
    """A bar on each of the days given, whatever the exchange says of them."""
    return bars([1.0] * len(days), sessions=np.array(days, dtype="datetime64[D]"))


def on_sessions(start: date, end: date) -> PriceBlock:
    sessions = calendars.sessions_between(calendars.STOCK_CALENDAR, start, end)
    return bars([1.0] * sessions.size, sessions=sessions)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_a_calendar_rule_keeps_the_contract(strategy: Strategy, check: Callable[[Strategy], None]) -> None:
    check(strategy)


def test_calendar_rules_are_named_so() -> None:
    assert {(strategy.category, strategy.kind, strategy.warmup) for strategy in RULES} == {("calendar", "single", 1)}


def test_turn_of_month_is_in_the_market_from_the_last_session_through_the_third() -> None:
    # the turn is Jan 31, Feb 1, Feb 2 and Feb 5 (a Monday); each is filled by the decision of the session before
    prices = on_sessions(date(2024, 1, 29), date(2024, 2, 6))
    #            Jan 29 30   31   Feb 1  2   5    6
    expected = [[0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]]
    np.testing.assert_array_equal(TurnOfMonth().target_weights(prices), expected)


def test_a_holiday_moves_the_turn() -> None:
    # Good Friday, 29 March 2024: the last session of March is Thursday 28, decided on Wednesday 27
    prices = on_sessions(date(2024, 3, 26), date(2024, 4, 1))
    np.testing.assert_array_equal(TurnOfMonth(days_after=0).target_weights(prices), [[0.0, 1.0, 0.0, 0.0]])
    np.testing.assert_array_equal(
        TurnOfMonth(days_before=0, days_after=1).target_weights(prices), [[0.0, 0.0, 1.0, 0.0]]
    )


def test_halloween_is_in_the_market_from_november_through_april() -> None:
    # decided on Oct 31 for Nov 1, and on Apr 30 for May 1
    prices = on_days("2023-10-30", "2023-10-31", "2023-11-01", "2024-04-29", "2024-04-30", "2024-05-01")
    np.testing.assert_array_equal(Halloween().target_weights(prices), [[0.0, 1.0, 1.0, 1.0, 0.0, 0.0]])


def test_halloween_asks_the_exchange_which_session_is_next() -> None:
    # 28 April 2023 is a Friday and the next session is 1 May; 29 October 2021 likewise before 1 November
    prices = on_days("2021-10-28", "2021-10-29", "2023-04-27", "2023-04-28")
    np.testing.assert_array_equal(Halloween().target_weights(prices), [[0.0, 1.0, 1.0, 0.0]])


def test_months_may_be_within_one_year() -> None:
    prices = on_days("2024-02-28", "2024-02-29", "2024-05-30", "2024-05-31")
    np.testing.assert_array_equal(
        Halloween(enter_month=3, leave_month=6).target_weights(prices), [[0.0, 1.0, 1.0, 0.0]]
    )


def test_a_day_on_which_the_exchange_is_closed_looks_to_the_session_after_it() -> None:
    # crypto trades on Saturday 30 and Sunday 31 December 2023 and on New Year's Day: the next session is 2 January,
    # the first of the month;  from the 2nd it is the 3rd, from the 4th the fourth session
    prices = on_days("2023-12-30", "2023-12-31", "2024-01-01", "2024-01-02", "2024-01-04")
    strategy = TurnOfMonth(days_before=0, days_after=1)
    np.testing.assert_array_equal(strategy.target_weights(prices), [[1.0, 1.0, 1.0, 0.0, 0.0]])


@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_a_block_cut_anywhere_gives_the_same_weights(strategy: Strategy) -> None:
    prices = walk_block(300, seed=9)
    whole = strategy.target_weights(prices)
    for bar in range(1, 300):
        np.testing.assert_array_equal(strategy.target_weights(prices.until(bar)), whole[:, :bar])


@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_the_next_bar_of_the_block_is_not_asked(strategy: Strategy) -> None:
    # every other session left out: what remains decides as before
    prices = on_sessions(date(2022, 1, 3), date(2023, 12, 29))
    thinned = bars([1.0] * prices.dates[::2].size, sessions=prices.dates[::2].copy())
    np.testing.assert_array_equal(strategy.target_weights(thinned), strategy.target_weights(prices)[:, ::2])


@pytest.mark.parametrize("start", [date(1985, 1, 2), date(2019, 6, 3), date(2029, 12, 3), date(2034, 1, 3)])
def test_calendar_rules_equal_their_twins_in_the_past_and_far_ahead(start: date) -> None:
    prices = on_sessions(start, date(start.year + 2, 6, 30))
    turn, winter = [], []
    for day in prices.dates.tolist():
        following = calendars.sessions_after(calendars.STOCK_CALENDAR, day, 1)[0].item()
        first = following.replace(day=1)
        month_end = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        month = [
            session
            for session in calendars.sessions_between(calendars.STOCK_CALENDAR, first, month_end).tolist()
            if session.month == first.month
        ]
        turn.append(float(following in month[:3] or following == month[-1]))
        winter.append(float(following.month in (11, 12, 1, 2, 3, 4)))
    np.testing.assert_array_equal(TurnOfMonth().target_weights(prices), [turn])
    np.testing.assert_array_equal(Halloween().target_weights(prices), [winter])
    assert 0.15 < np.mean(turn) < 0.25  # four sessions of a month's 21


@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_a_missing_bar_has_no_weight(strategy: Strategy) -> None:
    prices = bars([1.0, NAN, 1.0], sessions=np.array(["2024-01-29", "2024-01-30", "2024-01-31"], dtype="datetime64[D]"))
    np.testing.assert_array_equal(np.isnan(strategy.target_weights(prices)), [[False, True, False]])


def test_blocks_of_one_decade_share_a_table_of_sessions() -> None:
    TurnOfMonth().target_weights(on_days("2021-01-04"))
    before = next_session._table.cache_info().misses
    for year in range(2020, 2029):
        TurnOfMonth().target_weights(on_days(f"{year}-03-01"))
        Halloween().target_weights(on_days(f"{year}-03-01"))
    assert next_session._table.cache_info().misses == before


@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_prices_without_dates_raise(strategy: Strategy) -> None:
    with pytest.raises(StrategyError, match="have no dates"):
        strategy.target_weights(dataclasses.replace(walk_block(5), sessions=None))


def test_a_day_before_the_calendar_raises_and_is_named() -> None:
    with pytest.raises(StrategyError, match="1950-01-03 is older than the exchange calendar; begin at 1960-01-01"):
        Halloween().target_weights(on_days("1950-01-03", "2020-01-03"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TurnOfMonth(days_before=-1), "got -1 and 3"),
        (lambda: TurnOfMonth(days_before=0, days_after=0), "got 0 and 0"),
        (lambda: TurnOfMonth(days_before=7, days_after=8), "1 to 14 together; got 7 and 8"),
        (lambda: Halloween(enter_month=13), "got 13 and 5"),
        (lambda: Halloween(leave_month=0), "got 11 and 0"),
        (lambda: Halloween(enter_month=5), "two different months, 1 to 12; got 5 and 5"),
    ],
)
def test_a_parameter_out_of_range_raises_and_is_named(make: Callable[[], Strategy], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        make()
