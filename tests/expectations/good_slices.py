"""One good slice of every suite on landed data: few rows, each column as its loader gives it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from tests.expectations import good_made_slices as made

from tetra_expectations import runner

NO_PARAMETERS = {
    "expected_sessions": 0,
    "expected_bars": 0,
    "fewest_bars": 1,
    "expected_symbols": [],
    "symbols_set_aside": [],
    "expected_series": [],
    "strategies": 0,
}
"""What every suite is compared with when nothing is expected."""


def _beside_neighbours(frame: pd.DataFrame) -> pd.DataFrame:
    frame["simple_return"] = [np.nan, 0.0476, np.nan, 0.05]
    frame["return_zscore"] = [np.nan, 1.2, np.nan, np.nan]
    for name in ("return_at_source_change", "split_seam", "decimal_shift", "reversed_jump"):
        frame[name] = np.nan
    frame["range_factor"] = [1.05, 1.05, np.nan, np.nan]
    for name in ("open", "high", "low", "close", "volume"):
        frame[f"{name}_unchanged"] = 1
    for name in ("sessions_missing", "sessions_silent"):
        frame[name] = 0
    frame["share_set_aside"] = [np.nan, 0.0, np.nan, 0.0]
    for name in ("changes_price_basis", "is_after_delisting"):
        frame[name] = False
    frame["is_session"] = True
    frame["highest_allowed"] = frame["high"]
    frame["lowest_allowed"] = frame["low"]
    frame["lowest_price"] = frame[["open", "high", "low", "close"]].min(axis=1)
    return frame


def bars() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "symbol": ["A", "A", "B", "B"],
            "session_date": pd.to_datetime(["2015-06-01", "2015-06-02"] * 2),
            "open": [10.0, 10.5, np.nan, np.nan],
            "high": [11.0, 11.5, np.nan, np.nan],
            "low": [9.0, 9.5, np.nan, np.nan],
            "close": [10.5, 11.0, 20.0, 21.0],
            "volume": [1e6, 2e6, np.nan, np.nan],
        }
    )
    frame = _beside_neighbours(frame)
    frame["is_midnight"] = True
    frame["stock_session_date"] = frame["session_date"]
    frame.attrs[runner.PARAMETERS] = NO_PARAMETERS | {
        "expected_sessions": 2,
        "expected_bars": 4,
        "fewest_bars": 2,
        "expected_symbols": ["A", "B"],
    }
    return frame


def hourly_bars() -> pd.DataFrame:
    frame = bars().drop(columns=["is_midnight", "stock_session_date"])
    frame["session_date"] = pd.Timestamp("2015-06-01")
    frame["opened_at"] = pd.to_datetime(["2015-06-01T13:30", "2015-06-01T14:30"] * 2)
    frame["minutes_past_half_hour"] = 0
    frame["share_of_usual_bars"] = [np.nan, 1.0, np.nan, 1.0]
    return frame


def actions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "symbol": ["A", "A", "B"],
            "action_type": ["split", "dividend", "dividend"],
            "ex_date": pd.to_datetime(["2015-06-01", "2015-06-02", "2015-06-02"]),
            "value": [2.0, 0.5, 0.3],
            "is_session": [True] * 3,
            "dividend_yield": [np.nan, 0.05, np.nan],
            "value_kept": [1.01, np.nan, np.nan],
            "split_ratio_error": [0.0, np.nan, np.nan],
        }
    )


def observations() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "series_id": ["AAA", "AAA", "BAA"],
            "observation_date": pd.to_datetime(["2015-04-01", "2015-05-01", "2015-05-01"]),
            "released_on": pd.to_datetime(["2015-05-05", None, None]),
            "value": [3.5, 3.6, 4.5],
            "share_of_days_allowed": [np.nan, 30 / 31, np.nan],
            "share_of_days_until_stale": [np.nan, 0.32, 0.32],
            "decimal_shift": [np.nan] * 3,
        }
    )
    frame.attrs[runner.PARAMETERS] = NO_PARAMETERS | {"expected_series": ["AAA", "BAA"]}
    return frame


def articles() -> pd.DataFrame:
    days = pd.to_datetime(["2015-06-01", "2015-06-01", "2015-06-02"])
    return pd.DataFrame(
        {
            "article_id": ["a", "b", "c"],
            "headline": ["Stocks rise", "AT&T buys more", "Oil < 60 dollars"],
            "published_on": days,
            "day_in_new_york": [days[0], pd.NaT, days[2]],
            "url": ["https://example.org/a", None, "http://example.org/c?d=1"],
            "publisher": ["Paper", None, "Paper"],
            "mentions": [0.0, 1.0, 3.0],
            "days_since_previous": [np.nan, np.nan, 1.0],
            "headline_length": [11.0, 14.0, 16.0],
        }
    )


def sentiment() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "article_id": ["a", "a", "b"],
            "headline": ["Stocks rise", "Stocks rise", "AT&T buys more"],
            "published_on": pd.to_datetime(["2015-06-01"] * 3),
            "symbol": [None, "T", None],
            "scorer": ["lexicon", "vendor", "lexicon"],
            "scorer_version": ["1", "vendor", "1"],
            "score": [0.4, 0.2, 0.0],
            "relevance": [np.nan, 0.7, np.nan],
            "is_mentioned": [True] * 3,
            "scores_of_scorer": [np.nan] * 3,
        }
    )


def earnings() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "symbol": ["A", "A", "B"],
            "announced_quarter": pd.to_datetime(["2015-04-01", "2015-07-01", "2015-04-01"]),
            "announced_on": pd.to_datetime(["2015-05-05", "2015-08-04", None]),
            "eps_reported": [1.2, np.nan, 0.4],
            "eps_estimate": [1.1, 1.3, np.nan],
            "announcements": [1.0, 1.0, 1.0],
            "is_weekend": [False] * 3,
            "earnings_per_share": [1.2, 1.3, 0.4],
            "days_known_ahead": [-27.0, np.nan, np.nan],
            "days_since_previous": [np.nan, 91.0, np.nan],
        }
    )


def economic_events() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_name": ["Employment Situation", "Consumer Price Index"],
            "country": ["US", "US"],
            "event_date": pd.to_datetime(["2015-06-05", "2015-06-18"]),
            "importance": ["high", None],
            "is_weekend": [False] * 2,
            "days_apart": [0.0, np.nan],
            "days_known_ahead": [-1.0, np.nan],
            "unknown_series": [0.0, 0.0],
        }
    )


def geopolitical_events() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": ["war-2015", "vote-2015"],
            "name": ["A war", "A vote"],
            "category": ["war", "election"],
            "started_on": pd.to_datetime(["2015-06-01", "2015-06-02"]),
            "ended_on": pd.to_datetime(["2015-06-03", None]),
            "reference": ["Security Council, resolution 1", "Gazette, 2015-06-03"],
            "bad_regions": [0.0, 0.0],
            "unknown_symbols": [0.0, 0.0],
            "is_repeated": [False] * 2,
        }
    )


def security_events() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": ["breach-2015", "outage-2015"],
            "name": ["A breach", "An outage"],
            "category": ["data_breach", "outage"],
            "disclosed_on": pd.to_datetime(["2015-06-01", "2015-06-02"]),
            "occurred_on": pd.to_datetime(["2014-06-01", None]),
            "reference": ["Form 8-K, 2015-06-01", "Status page, 2015-06-02"],
            "days_undisclosed": [365.0, np.nan],
            "unknown_symbols": [0.0, 0.0],
            "is_repeated": [False] * 2,
        }
    )


def membership() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "index_name": ["sp500", "sp500", "nasdaq100"],
            "ticker": ["AAL", "AAL", "AAL"],
            "symbol": [None, "AAL", "AAL"],
            "valid_from": pd.to_datetime(["1996-01-02", "2015-03-23", "2015-01-02"]),
            "valid_to": pd.to_datetime(["1997-01-15", None, "2016-01-04"]),
            "overlaps_previous": [False] * 3,
            "members_from_then_on": [487.0, 502.0, 100.0],
            "sp500_members": [487.0, 502.0, np.nan],
        }
    )


GOOD: dict[str, Callable[[], pd.DataFrame]] = {
    "market_data.ohlcv": bars,
    "market_data.ohlcv_hourly": hourly_bars,
    "market_data.corporate_actions": actions,
    "market_data.index_membership": membership,
    "economic_data.releases": observations,
    "news.articles": articles,
    "news.sentiment": sentiment,
    "events.earnings": earnings,
    "events.economic_events": economic_events,
    "events.geopolitical_events": geopolitical_events,
    "events.security_events": security_events,
    "scenarios.paths": made.paths,
    "derived.daily_returns": made.daily_returns,
    "derived.technical_indicators": made.technical_indicators,
    "derived.macro_as_known": made.macro_as_known,
    "assessment.strategy_rankings": made.rankings,
}
