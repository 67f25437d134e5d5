"""Derived marts against pandas, on real closes and on the awkward cases by hand."""

from __future__ import annotations

import warnings
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest

from tetra.data.adjustments import RAW, SPLIT, CorporateAction, adjustment_factors

pytestmark = pytest.mark.postgres

AS_OF = "2020-09-30"
MARTS = ("daily_returns", "volatility", "drawdowns")

# Apple around its 4:1 split (ex 2020-08-31) and its dividend of $0.82 per old share (ex 2020-08-07): closes as traded
AAPL_AS_TRADED = {
    "2020-08-05": 440.25,
    "2020-08-06": 455.61,
    "2020-08-07": 444.45,
    "2020-08-10": 450.91,
    "2020-08-28": 499.23,
    "2020-08-31": 129.04,
    "2020-09-01": 134.18,
}
SPLIT_DAY, DIVIDEND_DAY = date(2020, 8, 31), date(2020, 8, 7)
# FRED's DCOILWTICO
WTI = {"2020-04-17": 18.31, "2020-04-20": -36.98, "2020-04-21": 8.91, "2020-04-22": 13.64}


def _land(connection: Any, symbol: str, closes: pd.Series, *, basis: str, timeframe: str = "1d") -> None:
    with connection.cursor().copy(
        "copy market_data.ohlcv (symbol, timeframe, ts, close, volume, price_basis, source) from stdin"
    ) as copy:
        for day, close in closes.items():
            copy.write_row((symbol, timeframe, f"{day:%Y-%m-%d} 00:00+00", float(close), 100.0, basis, "test"))


def _series(closes: dict[str, float]) -> pd.Series:
    return pd.Series(closes.values(), index=pd.to_datetime(list(closes)))


def _read(dbt: Any, statement: str) -> pd.DataFrame:
    with psycopg.connect(dbt.reader_url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        names = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names)


def _mart(dbt: Any, name: str, symbol: str) -> pd.DataFrame:
    rows = _read(dbt, f"select * from derived.{name} where symbol = '{symbol}' order by session_date")
    rows.index = pd.DatetimeIndex(rows.pop("session_date")).as_unit("us")
    return rows.drop(columns="symbol").astype(float)


def _checksums(dbt: Any, schema: str, tables: tuple[str, ...]) -> dict[str, str]:
    return {
        table: _read(dbt, f"select md5(string_agg(t::text, '' order by t::text)) from {schema}.{table} as t").iat[0, 0]
        for table in tables
    }


@pytest.fixture(scope="module")
def real_closes() -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skfolio's imports, not ours
        from skfolio.datasets import load_sp500_dataset
    return load_sp500_dataset()[["AAPL", "JPM"]].loc["2018-01-02":"2020-12-31"]


@pytest.fixture(scope="module")
def built(dbt: Any, instruments: None, real_closes: pd.DataFrame) -> Any:
    """The derived layer as of 2020-09-30, over bars that go on to the end of the year."""
    with dbt.connect() as connection:
        for symbol in real_closes:
            _land(connection, symbol, real_closes[symbol], basis="total")
        _land(connection, "BTC-USD", real_closes["AAPL"].iloc[:300], basis="total")
        _land(connection, "AAPL.RAW", _series(AAPL_AS_TRADED), basis="raw")
        split_adjusted = _series(AAPL_AS_TRADED)
        split_adjusted[: pd.Timestamp(SPLIT_DAY) - pd.Timedelta(days=1)] /= 4
        _land(connection, "AAPL.SPLIT", split_adjusted, basis="split")
        _land(connection, "WTI", _series(WTI), basis="total")
        _land(connection, "WTI", _series(WTI), basis="total", timeframe="1h")
        for symbol in ("AAPL.RAW", "AAPL.SPLIT"):
            connection.execute(
                "insert into market_data.corporate_actions (symbol, action_type, ex_date, value, source) values"
                " (%(s)s, 'split', '2020-08-31', 4, 'test'), (%(s)s, 'dividend', '2020-08-07', 0.82, 'test'),"
                " (%(s)s, 'dividend', '2020-11-06', 0.205, 'test')",
                {"s": symbol},
            )
    dbt.build("derived", AS_OF)
    return dbt


@pytest.mark.parametrize("symbol", ["AAPL", "JPM"])
def test_returns_volatility_and_drawdowns_equal_pandas(built: Any, real_closes: pd.DataFrame, symbol: str) -> None:
    closes = real_closes.loc[:AS_OF, symbol]
    returns = closes.pct_change()

    daily = _mart(built, "daily_returns", symbol)
    pd.testing.assert_series_equal(daily["adjusted_close"], closes, check_names=False, check_freq=False, rtol=0)
    pd.testing.assert_series_equal(daily["simple_return"], returns, check_names=False, rtol=1e-12)
    pd.testing.assert_series_equal(daily["log_return"], np.log1p(returns), check_names=False, rtol=1e-9)

    volatility = _mart(built, "volatility", symbol)
    for sessions in (21, 63, 252):
        expected = returns.rolling(sessions).std(ddof=1) * np.sqrt(252)
        assert expected.isna().sum() == sessions  # the first return is one session late
        pd.testing.assert_series_equal(volatility[f"volatility_{sessions}d"], expected, check_names=False, rtol=1e-9)

    drawdowns = _mart(built, "drawdowns", symbol)
    expected = closes / closes.cummax() - 1
    pd.testing.assert_series_equal(drawdowns["drawdown"], expected, check_names=False, rtol=1e-12)
    pd.testing.assert_series_equal(drawdowns["max_drawdown"], expected.cummin(), check_names=False, rtol=1e-12)


def test_volatility_of_crypto_is_annualised_by_its_own_calendar(built: Any, real_closes: pd.DataFrame) -> None:
    volatility = _mart(built, "volatility", "BTC-USD")["volatility_252d"]
    expected = real_closes["AAPL"].iloc[:300].pct_change().rolling(252).std(ddof=1) * np.sqrt(365)
    pd.testing.assert_series_equal(volatility, expected, check_names=False, rtol=1e-9)


def test_negative_price_has_no_log_return_and_none_follows_it(built: Any) -> None:
    daily = _mart(built, "daily_returns", "WTI")
    assert len(daily) == len(WTI)  # the hourly bars are not daily ones
    assert daily["simple_return"].iloc[1] == pytest.approx(-36.98 / 18.31 - 1)
    assert daily["simple_return"].isna().tolist() == [True, False, True, False]
    assert daily["log_return"].isna().tolist() == [True, True, True, False]
    assert _mart(built, "drawdowns", "WTI")["max_drawdown"].iloc[-1] == pytest.approx(-36.98 / 18.31 - 1)


@pytest.mark.parametrize(("symbol", "basis"), [("AAPL.RAW", RAW), ("AAPL.SPLIT", SPLIT)])
def test_adjusted_closes_equal_what_the_backtest_reads(built: Any, symbol: str, basis: int) -> None:
    closes = _series(AAPL_AS_TRADED)
    if basis == SPLIT:
        closes[: pd.Timestamp(SPLIT_DAY) - pd.Timedelta(days=1)] /= 4
    price_factor, _ = adjustment_factors(
        symbol=symbol,
        sessions=closes.index.to_numpy().astype("datetime64[D]"),
        close=closes.to_numpy(),
        basis=np.full(len(closes), basis, dtype=np.int8),
        actions=[
            CorporateAction("dividend", DIVIDEND_DAY, 0.82),
            CorporateAction("split", SPLIT_DAY, 4.0),
            CorporateAction("dividend", date(2020, 11, 6), 0.205),
        ],
        as_of=date.fromisoformat(AS_OF),
    )
    daily = _mart(built, "daily_returns", symbol)
    np.testing.assert_allclose(daily["adjusted_close"], closes * price_factor, rtol=1e-12)
    # by hand: old shares are quarters of new ones, and the dividend left 454.79 of 455.61 in the price
    assert daily["adjusted_close"].iloc[0] == pytest.approx(440.25 / 4 * (455.61 - 0.82) / 455.61)
    assert daily["adjusted_close"].iloc[-1] == pytest.approx(134.18)


def test_second_build_gives_the_same_rows(built: Any) -> None:
    before = _checksums(built, "derived", MARTS)
    built.build("derived", AS_OF)
    assert _checksums(built, "derived", MARTS) == before


def test_marts_are_described_in_the_database(built: Any) -> None:
    described = _read(
        built,
        "select obj_description('derived.daily_returns'::regclass) as grain,"
        " col_description('derived.daily_returns'::regclass, 4) as simple_return",
    )
    assert described["grain"].iat[0].startswith("One row per instrument per session")
    assert "Fraction" in described["simple_return"].iat[0]


def test_late_build_of_an_older_date_does_not_cut_newer_sessions_off(built: Any) -> None:
    built.build("derived", "2020-12-30")
    newest = _checksums(built, "derived", MARTS)
    assert _read(built, "select max(session_date) from derived.daily_returns").iat[0, 0] == date(2020, 12, 30)

    built.build("derived", "2019-06-28")
    assert _checksums(built, "derived", MARTS) == newest


def test_scenario_paths_unfold_arrays_in_session_order(built: Any) -> None:
    with built.connect() as connection:
        connection.execute(
            "insert into scenarios.definitions (as_of, scenario_name, scenario_type, scenario_family, status,"
            " start_date, end_date, sessions, input_hash, code_hash) values"
            " ('2020-12-30', 'Crash', 'historical', 'crisis', 'ready',"
            " '2020-02-20', '2020-02-24', '{2020-02-20,2020-02-21,2020-02-24}', '', '')"
        )
        connection.execute(
            "insert into scenarios.paths (as_of, scenario_name, symbol, close, volume) values"
            " ('2020-12-30', 'Crash', 'AAPL', '{80,78.5,74.5}', '{1,2,3}'),"
            " ('2020-12-30', 'Crash', 'JPM', '{137,136,132}', null)"
        )
        try:
            points = _read(
                built,
                "select symbol, bar_number, session_date::text, close_price, volume, open_price"
                " from derived.scenario_paths where scenario_name = 'Crash' order by symbol, bar_number",
            )
            assert points.iloc[:3, :5].to_numpy().tolist() == [
                ["AAPL", 1, "2020-02-20", 80.0, 1.0],
                ["AAPL", 2, "2020-02-21", 78.5, 2.0],
                ["AAPL", 3, "2020-02-24", 74.5, 3.0],
            ]
            assert points["close_price"].tolist()[3:] == [137.0, 136.0, 132.0]
            assert points["volume"].isna().tolist() == [False] * 3 + [True] * 3
            assert points["open_price"].isna().all()

            connection.execute("update scenarios.paths set close = '{137,136}' where symbol = 'JPM'")
            outcome = built("test", "--select", "tag:derived", as_of="2020-12-30")
            assert set(outcome.not_passed()) == {"assert_paths_are_as_long_as_their_window"}
        finally:
            connection.execute("delete from scenarios.definitions where scenario_name = 'Crash'")


def test_scenario_paths_show_the_costs_of_each_session(built: Any) -> None:
    with built.connect() as connection:
        for name, multipliers in (("Dried up", "{1,3,1.5}"), ("Calm", None)):
            connection.execute(
                "insert into scenarios.definitions (as_of, scenario_name, scenario_type, scenario_family, status,"
                " start_date, end_date, sessions, spread_multiplier, input_hash, code_hash) values"
                " ('2020-12-30', %s, 'stress', 'stress', 'ready', '2020-12-31', '2021-01-05',"
                " '{2020-12-31,2021-01-04,2021-01-05}', %s, '', '')",
                [name, multipliers],
            )
            connection.execute(
                "insert into scenarios.paths (as_of, scenario_name, symbol, close) values"
                " ('2020-12-30', %s, 'AAPL', '{80,70,75}')",
                [name],
            )
        try:
            points = _read(
                built,
                "select scenario_family, commission_multiplier, spread_multiplier from derived.scenario_paths"
                " where scenario_name in ('Dried up', 'Calm') order by scenario_name desc, bar_number",
            )
        finally:
            connection.execute("delete from scenarios.definitions where scenario_name in ('Dried up', 'Calm')")
    assert points["scenario_family"].tolist() == ["stress"] * 6
    assert points["spread_multiplier"].tolist() == [1.0, 3.0, 1.5, 1.0, 1.0, 1.0]
    assert points["commission_multiplier"].tolist() == [1.0] * 6


def test_realism_cards_are_kept_as_judged_and_one_that_contradicts_its_bounds_is_found(built: Any) -> None:
    with built.connect() as connection:
        connection.execute(
            "insert into scenarios.realism values"
            " ('2020-12-30', 'bootstrap', 'volatility', 'PASS', 0.2, 0.21, 0.15, 0.25, ''),"
            " ('2020-12-30', 'bootstrap', 'skew', 'WARN', -0.2, -0.9, -0.5, 0.3, ''),"
            " ('2020-12-30', 'monte_carlo', 'mean_correlation', 'PASS', 0.4, 0.2, null, null, ''),"
            " ('2020-12-30', 'set', 'bear_scenarios', 'WARN', null, 0, 1, null, '')"
        )
        try:
            built.build("derived", "2020-12-30")
            cards = _read(built, "select * from derived.scenario_realism order by scenario_family, moment")
            assert cards[["moment", "status", "is_judged"]].to_numpy().tolist() == [
                ["skew", "WARN", True],
                ["volatility", "PASS", True],
                ["mean_correlation", "PASS", False],
                ["bear_scenarios", "WARN", True],
            ]
            assert cards.loc[0, ["source_value", "observed_value", "lower_bound", "upper_bound"]].tolist() == [
                -0.2,
                -0.9,
                -0.5,
                0.3,
            ]
            connection.execute("update scenarios.realism set status = 'PASS' where moment = 'skew'")
            outcome = built("build", "--select", "tag:derived", as_of="2020-12-30")
            assert set(outcome.not_passed()) == {"assert_realism_follows_from_its_bounds"}
        finally:
            connection.execute("delete from scenarios.realism")


def test_date_without_bars_stops_the_build_and_names_the_test(built: Any) -> None:
    outcome = built("build", "--select", "tag:derived", as_of="2020-12-25")
    assert outcome.returncode == 1
    assert outcome.statuses["assert_as_of_has_a_daily_bar"] == "fail"
    assert (
        _read(built, "select count(*) from intermediate.int_as_of_dates_recorded where as_of = '2020-12-25'").iat[0, 0]
        == 0
    )


def test_dividend_larger_than_the_price_stops_the_build_before_the_marts(built: Any) -> None:
    before = _checksums(built, "derived", MARTS)
    set_dividend = (
        "update market_data.corporate_actions set value = %s where symbol = 'AAPL.RAW' and ex_date = '2020-08-07'"
    )
    with built.connect() as connection:
        connection.execute(set_dividend, [600])
        try:
            outcome = built("build", "--select", "tag:derived", as_of=AS_OF)
        finally:
            connection.execute(set_dividend, [0.82])
    assert outcome.returncode == 1
    assert outcome.statuses["not_null_int_actions_converted_to_factors_price_factor"] == "fail"
    assert outcome.statuses["daily_returns"] == "skipped"
    assert _checksums(built, "derived", MARTS) == before


def test_replaced_staging_views_keep_the_views_that_read_them(built: Any) -> None:
    def identity() -> int:
        return int(_read(built, "select 'derived.scenario_paths'::regclass::oid").iat[0, 0])

    before = identity()
    outcome = built("run", "--select", "stg_scenarios__paths", as_of=AS_OF)
    assert outcome.returncode == 0
    assert identity() == before
