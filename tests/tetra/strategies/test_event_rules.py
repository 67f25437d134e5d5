"""Rules of reports and news: each on events worked by hand, against a plain twin, and held to the contract."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from tests.tetra.strategies.rule_contract import CHECKS, NAN, bars, walk_block

from tetra.errors import StrategyError
from tetra.strategies.base import PriceBlock, Strategy
from tetra.strategies.news_sentiment import NewsSentiment
from tetra.strategies.post_earnings_drift import PostEarningsDrift

RULES = (PostEarningsDrift(), NewsSentiment())
DRIFT = PostEarningsDrift(hold=2, threshold=0.01)
NEWS = NewsSentiment(length=3, level=0.1, least_days=2)


def with_reports(surprise: list[float], *, close: list[float] | None = None) -> PriceBlock:
    return bars([1.0] * len(surprise) if close is None else close, earnings_surprise=np.array([surprise]))


def with_news(sentiment: list[float], *, close: list[float] | None = None) -> PriceBlock:
    return bars([1.0] * len(sentiment) if close is None else close, news_sentiment=np.array([sentiment]))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_an_event_rule_keeps_the_contract(strategy: Strategy, check: Callable[[Strategy], None]) -> None:
    check(strategy)


def test_event_rules_are_named_so_and_say_what_they_read() -> None:
    assert [strategy.category for strategy in RULES] == ["events", "sentiment"]
    assert PostEarningsDrift.fields == ("close", "earnings_surprise")
    assert NewsSentiment.fields == ("close", "news_sentiment")


def test_a_good_surprise_is_held_for_as_many_bars_as_said() -> None:
    # known on bar 1: wanted after bars 1 and 2, so held through bars 2 and 3
    weights = DRIFT.target_weights(with_reports([NAN, 0.02, NAN, NAN, NAN]))
    np.testing.assert_array_equal(weights, [[0.0, 1.0, 1.0, 0.0, 0.0]])


def test_the_next_good_report_starts_the_count_again_and_any_other_ends_it() -> None:
    # 0.02, then 0.03 a bar later: bars 0 to 2;  0.02 on bar 4 is ended by 0.01 on bar 5, which is not above 0.01
    weights = DRIFT.target_weights(with_reports([0.02, 0.03, NAN, NAN, 0.02, 0.01, NAN]))
    np.testing.assert_array_equal(weights, [[1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0]])


def test_missing_bars_do_not_count_and_lose_no_report() -> None:
    # the report stands on a missing bar: the next two bars there are hold it
    weights = DRIFT.target_weights(with_reports([NAN, 0.02, NAN, NAN, NAN], close=[1.0, NAN, 1.0, NAN, 1.0]))
    np.testing.assert_array_equal(weights, [[0.0, NAN, 1.0, NAN, 1.0]])


def test_news_is_good_while_the_mean_of_its_days_is_above_the_level() -> None:
    # bar 2: (0.2 + 0.1) / 2 = 0.15, long;  bar 3: (0.1 - 0.1) / 2 = 0;  bar 4: the same two days
    # bar 5: (-0.1 + 0.5) / 2 = 0.2, long;  bar 6: only one of three days had news, flat
    weights = NEWS.target_weights(with_news([0.2, NAN, 0.1, -0.1, NAN, 0.5, NAN]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 0.0, 0.0, 1.0, 0.0]])


def test_a_mean_at_the_level_is_not_above_it() -> None:
    weights = NewsSentiment(length=2, level=0.25, least_days=1).target_weights(with_news([0.25, 0.25, 0.5]))
    np.testing.assert_array_equal(weights, [[NAN, 0.0, 1.0]])


def test_what_left_the_window_leaves_nothing_behind() -> None:
    # 0.1 + 0.2 - 0.1 - 0.2 is not 0 in floating point: a running sum would call this good news
    weights = NewsSentiment(length=2, level=0.0, least_days=1).target_weights(with_news([0.1, 0.2, 0.0, 0.0]))
    np.testing.assert_array_equal(weights, [[NAN, 1.0, 1.0, 0.0]])


def test_news_on_a_missing_bar_counts_with_the_next_bar() -> None:
    # bars of its own: 0, 1, 3;  the third looks back on 0.0 (bar 1) and on 0.8 (bar 2, missing): mean 0.4
    strategy = NewsSentiment(length=2, level=0.3, least_days=2)
    weights = strategy.target_weights(with_news([0.0, 0.0, 0.8, NAN], close=[1.0, 1.0, NAN, 1.0]))
    np.testing.assert_array_equal(weights, [[NAN, 0.0, NAN, 1.0]])


@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_a_symbol_without_events_is_flat_once_warm(strategy: Strategy) -> None:
    prices = dataclasses.replace(walk_block(50), earnings_surprise=None, news_sentiment=None)
    assert (strategy.target_weights(prices)[:, strategy.warmup - 1 :] == 0.0).all()


def _drift_twin(close: np.ndarray, surprise: np.ndarray) -> list[float]:
    weights = []
    for bar in range(close.size):
        reports = [b for b in range(bar + 1) if surprise[b] == surprise[b]]
        own_bars = sum(close[b] == close[b] for b in range(reports[-1], bar + 1)) if reports else 0
        is_long = bool(reports) and surprise[reports[-1]] > 0.05 and own_bars <= 60
        weights.append(float(is_long) if close[bar] == close[bar] else NAN)
    return weights


def _news_twin(close: np.ndarray, sentiment: np.ndarray) -> list[float]:
    weights = []
    for bar in range(close.size):
        own = [b for b in range(bar + 1) if close[b] == close[b]]
        if len(own) < 10 or own[-1] != bar:
            weights.append(NAN)
            continue
        begin = own[-11] + 1 if len(own) > 10 else 0
        known = [value for value in sentiment[begin : bar + 1].tolist() if value == value]
        weights.append(float(len(known) >= 3 and sum(known) / len(known) > 0.1))
    return weights


@pytest.mark.parametrize(
    ("strategy", "twin", "field"),
    [(RULES[0], _drift_twin, "earnings_surprise"), (RULES[1], _news_twin, "news_sentiment")],
    ids=["PostEarningsDrift", "NewsSentiment"],
)
def test_an_event_rule_equals_its_twin_on_walks_with_gaps(
    strategy: Strategy, twin: Callable[[np.ndarray, np.ndarray], list[float]], field: str
) -> None:
    prices = walk_block(400, seed=11, gap_share=0.1)
    expected = np.array([twin(*rows) for rows in zip(prices.close, getattr(prices, field), strict=True)])
    assert (expected == 1.0).any()
    assert (expected == 0.0).any()
    np.testing.assert_array_equal(strategy.target_weights(prices), expected)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PostEarningsDrift(hold=0), "hold must be at least 1 bar; got 0"),
        (lambda: PostEarningsDrift(threshold=-0.01), "threshold must be at least 0 and finite; got -0.01"),
        (lambda: PostEarningsDrift(threshold=NAN), "threshold must be at least 0 and finite; got nan"),
        (lambda: NewsSentiment(level=1.0), "level must be at least -1 and below 1; got 1.0"),
        (lambda: NewsSentiment(least_days=0), "got 0 and 10"),
        (lambda: NewsSentiment(length=2, least_days=3), "got 3 and 2"),
    ],
)
def test_a_parameter_out_of_range_raises_and_is_named(make: Callable[[], Strategy], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        make()
