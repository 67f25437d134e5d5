"""What earnings, releases, other events and news did to prices, against pandas on real closes and our own readers."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.dbt.landed_events import ANNOUNCEMENTS, REACTIONS, land_events, land_news
from tests.dbt.real_closes import add_instruments, land, read, sp500_closes

from tetra.calendars import STOCK_CALENDAR, session_hours
from tetra.data.known_events import load_events

pytestmark = pytest.mark.postgres

AS_OF = "2020-10-30"
MARTS = ("earnings_impact", "release_impact", "event_windows", "news_sentiment")
SPLIT_DAY = pd.Timestamp("2020-08-31")


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    """Adjusted closes to the end of 2020; the mean of three stocks stands in for the market."""
    closes = sp500_closes(["AAPL", "JPM", "MSFT"]).loc["2019-06-03":"2020-12-31"]
    return closes.assign(SPX=(closes / closes.iloc[0]).mean(axis=1) * 1000)


@pytest.fixture(scope="module")
def volumes(prices: pd.DataFrame) -> pd.DataFrame:
    """Volumes in the shares of the last day."""
    return pd.DataFrame(
        np.random.default_rng(3).integers(1, 100, prices.shape) * 400.0, index=prices.index, columns=prices.columns
    )


@pytest.fixture(scope="module")
def built(dbt: Any, prices: pd.DataFrame, volumes: pd.DataFrame) -> Any:
    """The marts as of 2020-10-30, over bars and events that go on to the end of the year."""
    with dbt.connect() as connection:
        add_instruments(connection, {"SPX": "index", "AAPL": "stock", "JPM": "stock", "MSFT": "stock"})
        for symbol in prices:
            closes, traded = prices[symbol], volumes[symbol]
            if symbol == "AAPL":  # as traded: four new shares for an old one
                before = prices.index < SPLIT_DAY
                closes, traded = closes.where(~before, closes * 4), traded.where(~before, traded / 4)
            land(connection, symbol, closes)
            connection.cursor().executemany(
                "update market_data.ohlcv set volume = %s where symbol = %s and ts = %s",
                [(volume, symbol, f"{day:%Y-%m-%d} 00:00+00") for day, volume in traded.items()],
            )
        connection.execute("update market_data.ohlcv set price_basis = 'raw' where symbol = 'AAPL'")
        connection.execute(
            "insert into market_data.corporate_actions (symbol, action_type, ex_date, value, source)"
            " values ('AAPL', 'split', '2020-08-31', 4, 'test')"
        )
        land_events(connection)
        land_news(connection)
    _build(dbt, AS_OF)
    return dbt


def _build(dbt: Any, as_of: str) -> None:
    outcome = dbt("build", "--select", *(f"+{mart}" for mart in MARTS), as_of=as_of)
    assert outcome.returncode == 0, outcome.output
    assert not outcome.not_passed()


def _window(returns: pd.Series, at: int, first: int, last: int) -> pd.Series | None:
    """Return the sessions of a window, None while it is not complete."""
    window = returns.iloc[at + first : at + last + 1]
    return window if len(window) == last - first + 1 else None


def _sum(returns: pd.Series, at: int, first: int, last: int) -> float:
    window = _window(returns, at, first, last)
    return np.nan if window is None else float(window.sum())


def _compounded(returns: pd.Series, at: int, first: int, last: int) -> float:
    window = _window(returns, at, first, last)
    return np.nan if window is None else float((1 + window).prod() - 1)


def test_impact_of_earnings_equals_pandas(built: Any, prices: pd.DataFrame, volumes: pd.DataFrame) -> None:
    impact = read(built, "select * from derived.earnings_impact").set_index(["symbol", "announcement_date"])
    assert {
        (symbol, str(day)): str(session) for (symbol, day), session in impact["reaction_session_date"].items()
    } == REACTIONS
    returns = prices.loc[:AS_OF].pct_change()
    for (symbol, day), session in REACTIONS.items():
        row = impact.loc[(symbol, date.fromisoformat(day))]
        at = returns.index.get_loc(session)
        abnormal = returns[symbol] - returns["SPX"]
        expected = {
            "reaction_return": returns[symbol].iloc[at],
            "abnormal_return": abnormal.iloc[at],
            "abnormal_return_5d_before": _sum(abnormal, at, -5, -1),
            "abnormal_return_0_to_1d": _sum(abnormal, at, 0, 1),
            "abnormal_return_0_to_5d": _sum(abnormal, at, 0, 5),
            "abnormal_return_0_to_20d": _sum(abnormal, at, 0, 20),
            "volume_ratio_21d": volumes[symbol].iloc[at] / volumes[symbol].iloc[at - 21 : at].mean(),
        }
        np.testing.assert_allclose(row[list(expected)].astype(float), list(expected.values()), rtol=1e-9, atol=1e-12)
    complete = impact["abnormal_return_0_to_20d"].notna()
    assert complete.sum() == 5  # of the two in October the month after is not over
    surprises = impact["eps_surprise"].astype(float).rename(index=str, level=1)
    assert surprises["JPM", "2020-07-11"] == pytest.approx((1.38 + 1.04) / 1.04)
    assert surprises["AAPL", "2020-01-28"] == pytest.approx(0.44 / 4.55)
    assert surprises[[("AAPL", "2020-08-28"), ("AAPL", "2020-10-29")]].isna().all()


def test_surprises_stand_on_the_sessions_that_strategies_see_them_on(built: Any, prices: pd.DataFrame) -> None:
    sessions = prices.loc[:AS_OF].index.to_numpy().astype("datetime64[D]")
    with built.connect() as connection:
        known = load_events(
            connection,
            as_of=date.fromisoformat(AS_OF),
            symbols=list(ANNOUNCEMENTS),
            sessions=sessions,
            fields=["earnings_surprise"],
        )
    impact = read(built, "select * from derived.earnings_impact where eps_surprise is not null")
    grid = np.full((2, sessions.size), np.nan)
    for row in impact.itertuples():
        grid[known.symbols.index(row.symbol), np.searchsorted(sessions, np.datetime64(row.reaction_session_date))] = (
            row.eps_surprise
        )
    assert np.isfinite(grid).sum() == 5
    np.testing.assert_allclose(grid, known.fields["earnings_surprise"], rtol=1e-12)


def test_impact_of_releases_equals_pandas(built: Any, prices: pd.DataFrame) -> None:
    impact = read(built, "select * from derived.release_impact order by event_date")
    assert [str(day) for day in impact["reaction_session_date"]] == [
        "2020-04-13",
        "2020-05-08",
        "2020-06-11",
        "2020-10-27",
    ]
    market = prices.loc[:AS_OF, "SPX"].pct_change()
    for row in impact.to_dict("records"):
        at = market.index.get_loc(str(row["reaction_session_date"]))
        after = _window(market, at, 1, 5)
        expected = {
            "market_return": market.iloc[at],
            "market_return_in_deviations": market.iloc[at] / market.iloc[at - 21 : at].std(),
            "market_return_5d_before": _compounded(market, at, -5, -1),
            "market_return_5d_after": _compounded(market, at, 1, 5),
            "market_volatility_5d_before": market.iloc[at - 5 : at].std() * np.sqrt(252),
            "market_volatility_5d_after": np.nan if after is None else after.std() * np.sqrt(252),
        }
        found = [np.nan if row[name] is None else row[name] for name in expected]
        np.testing.assert_allclose(found, list(expected.values()), rtol=1e-9)
    assert impact["surprise"].astype(float).fillna(-1).tolist() == [-1.0, 1500.0, -1.0, 0.0]
    assert impact["market_return_5d_after"].notna().tolist() == [True, True, True, False]


def test_windows_of_other_events_equal_pandas(built: Any, prices: pd.DataFrame) -> None:
    windows = read(built, "select * from derived.event_windows order by event_date, symbol")
    assert [(row.event_id, row.symbol, str(row.reaction_session_date)) for row in windows.itertuples()] == [
        ("strike", "SPX", "2020-01-06"),
        ("breach", "AAPL", "2020-07-15"),
        ("breach", "MSFT", "2020-07-15"),
        ("breach", "SPX", "2020-07-15"),
        ("fresh", "MSFT", "2020-10-20"),
        ("fresh", "SPX", "2020-10-20"),
    ]
    assert (windows["is_market"] == (windows["symbol"] == "SPX")).all()
    returns = prices.loc[:AS_OF].pct_change()
    for row in windows.to_dict("records"):
        at = returns.index.get_loc(str(row["reaction_session_date"]))
        own = returns[row["symbol"]]
        abnormal = own - returns["SPX"] if row["symbol"] != "SPX" else own * np.nan
        expected = {
            "reaction_return": own.iloc[at],
            "return_5d_before": _compounded(own, at, -5, -1),
            "return_0_to_5d": _compounded(own, at, 0, 5),
            "return_0_to_20d": _compounded(own, at, 0, 20),
            "abnormal_return_0_to_5d": _window(abnormal, at, 0, 5).sum(skipna=False),
            "abnormal_return_0_to_20d": _sum(abnormal, at, 0, 20) if row["symbol"] != "SPX" else np.nan,
        }
        found = [np.nan if row[name] is None else row[name] for name in expected]
        np.testing.assert_allclose(found, list(expected.values()), rtol=1e-9, atol=1e-12)


def test_sentiment_of_a_session_is_what_strategies_see_on_it(built: Any, prices: pd.DataFrame) -> None:
    sessions = prices.loc[:AS_OF].index.to_numpy().astype("datetime64[D]")
    with built.connect() as connection:
        known = load_events(
            connection,
            as_of=date.fromisoformat(AS_OF),
            symbols=["AAPL", "JPM"],
            sessions=sessions,
            fields=["news_sentiment"],
        )
    marts = read(built, "select * from derived.news_sentiment where mean_score is not null and symbol <> '*'")
    grid = np.full((2, sessions.size), np.nan)
    for row in marts.itertuples():
        grid[known.symbols.index(row.symbol), np.searchsorted(sessions, np.datetime64(row.session_date))] = (
            row.mean_score
        )
    assert np.isfinite(grid).sum() > 60
    np.testing.assert_allclose(grid, known.fields["news_sentiment"], rtol=1e-9)  # every article is as relevant


def test_news_is_counted_once_and_windows_of_it_equal_pandas(built: Any, prices: pd.DataFrame) -> None:
    sessions = prices.loc[:AS_OF].index
    closes = pd.DatetimeIndex(session_hours(STOCK_CALENDAR, sessions.to_numpy().astype("datetime64[D]"))[1])
    articles = read(
        built,
        "select articles.article_id, coalesce(mentions.symbol, '*') as symbol, published_on, published_at"
        " from news.articles left join news.mentions using (article_id)",
    )
    moments = pd.to_datetime(articles["published_at"], utc=True).dt.tz_convert(None)
    by_moment = closes.searchsorted(moments.fillna(pd.Timestamp("2020-09-01")))
    by_day = sessions.searchsorted(pd.to_datetime(articles["published_on"]), side="right")
    articles["position"] = np.where(moments.notna(), by_moment, by_day)
    known = articles[articles["position"] < len(sessions)]
    expected = known.groupby(["symbol", "position"]).size()
    marts = read(built, "select * from derived.news_sentiment order by symbol, session_date")
    marts["position"] = sessions.searchsorted(pd.to_datetime(marts["session_date"]))
    counted = marts.set_index(["symbol", "position"])
    assert counted["articles"].to_dict() == expected.to_dict()
    assert {"AAPL", "JPM", "*"} == set(marts["symbol"])
    assert 0 < len(known) < len(articles)

    for symbol, own in marts.groupby("symbol"):
        # each article has the same weight: the mean over sessions, weighted by their scored articles
        own = own.set_index("position").reindex(range(len(sessions)))
        weight = own["scored_articles"].astype(float).fillna(0)
        total = (own["mean_score"].astype(float) * weight).fillna(0)
        for days in (5, 21):
            mean = total.rolling(days, min_periods=1).sum() / weight.rolling(days, min_periods=1).sum()
            found = own[f"mean_score_{days}d"].astype(float)
            held = own["articles"].notna()
            np.testing.assert_allclose(found[held], mean[held], rtol=1e-9, atol=1e-12, err_msg=str(symbol))


def test_later_horizon_completes_windows_and_changes_no_complete_one(built: Any) -> None:
    statement = "select * from derived.earnings_impact order by symbol, announcement_date"
    before = read(built, statement).set_index(["symbol", "announcement_date"])
    _build(built, "2020-12-30")
    after = read(built, statement).set_index(["symbol", "announcement_date"])
    assert set(after.index) - set(before.index) == {("JPM", date(2020, 10, 30))}
    assert after["abnormal_return_0_to_20d"].notna().all()
    kept = before["abnormal_return_0_to_20d"].notna()
    pd.testing.assert_frame_equal(after.loc[before.index][kept], before[kept], check_dtype=False, rtol=1e-12)
