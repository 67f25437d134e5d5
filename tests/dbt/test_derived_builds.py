"""Builds of the derived layer: prices adjusted as the backtest's, the same rows again, late dates, what stops them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.dbt.real_closes import add_instruments, land, read, sp500_closes

from tetra.data.adjustments import RAW, SPLIT, CorporateAction, adjustment_factors

pytestmark = pytest.mark.postgres

AS_OF = "2020-09-30"
MARTS = ("daily_returns", "volatility", "drawdowns", "betas", "weekly_returns", "monthly_returns")

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


def _as_traded(basis: int) -> pd.Series:
    """Return Apple's closes as landed: raw, or with the split already in them."""
    closes = pd.Series(AAPL_AS_TRADED.values(), index=pd.to_datetime(list(AAPL_AS_TRADED)))
    if basis == SPLIT:
        closes[: pd.Timestamp(SPLIT_DAY) - pd.Timedelta(days=1)] /= 4
    return closes


def _checksums(dbt: Any) -> dict[str, str]:
    hashed = "select md5(string_agg(t::text, '' order by t::text)) from derived.{} as t"
    return {mart: read(dbt, hashed.format(mart)).iat[0, 0] for mart in MARTS}


@pytest.fixture(scope="module")
def built(dbt: Any) -> Any:
    """The derived layer as of 2020-09-30, over bars that go on to the end of the year."""
    with dbt.connect() as connection:
        add_instruments(connection, dict.fromkeys(("AAPL", "SPY", "AAPL.RAW", "AAPL.SPLIT"), "stock"))
        closes = sp500_closes(("AAPL", "GE")).loc["2019-01-02":"2020-12-31"]
        land(connection, "AAPL", closes["AAPL"])
        land(connection, "SPY", closes["GE"])
        for symbol, basis, price_basis in (("AAPL.RAW", RAW, "raw"), ("AAPL.SPLIT", SPLIT, "split")):
            land(connection, symbol, _as_traded(basis))
            connection.execute("update market_data.ohlcv set price_basis = %s where symbol = %s", [price_basis, symbol])
            connection.execute(
                "insert into market_data.corporate_actions (symbol, action_type, ex_date, value, source) values"
                " (%(s)s, 'split', '2020-08-31', 4, 'test'), (%(s)s, 'dividend', '2020-08-07', 0.82, 'test'),"
                " (%(s)s, 'dividend', '2020-11-06', 0.205, 'test')",
                {"s": symbol},
            )
    dbt.build("derived", AS_OF)
    return dbt


@pytest.mark.parametrize(("symbol", "basis"), [("AAPL.RAW", RAW), ("AAPL.SPLIT", SPLIT)])
def test_adjusted_closes_equal_what_the_backtest_reads(built: Any, symbol: str, basis: int) -> None:
    closes = _as_traded(basis)
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
    daily = read(built, f"select * from derived.daily_returns where symbol = '{symbol}' order by session_date")
    np.testing.assert_allclose(daily["adjusted_close"], closes * price_factor, rtol=1e-12)
    # by hand: old shares are quarters of new ones, and the dividend left 454.79 of 455.61 in the price
    assert daily["adjusted_close"].iloc[0] == pytest.approx(440.25 / 4 * (455.61 - 0.82) / 455.61)
    assert daily["adjusted_close"].iloc[-1] == pytest.approx(134.18)


def test_second_build_gives_the_same_rows(built: Any) -> None:
    before = _checksums(built)
    built.build("derived", AS_OF)
    assert _checksums(built) == before


def test_marts_are_described_in_the_database(built: Any) -> None:
    described = read(
        built,
        "select obj_description('derived.daily_returns'::regclass) as grain,"
        " col_description('derived.daily_returns'::regclass, 4) as simple_return",
    )
    assert described["grain"].iat[0].startswith("One row per instrument per session")
    assert "Fraction" in described["simple_return"].iat[0]


def test_late_build_of_an_older_date_does_not_cut_newer_sessions_off(built: Any) -> None:
    built.build("derived", "2020-12-30")
    newest = _checksums(built)
    assert read(built, "select max(session_date) from derived.daily_returns").iat[0, 0] == date(2020, 12, 30)

    built.build("derived", "2019-06-28")
    assert _checksums(built) == newest


def test_date_without_bars_stops_the_build_and_names_the_test(built: Any) -> None:
    outcome = built("build", "--select", "tag:derived", as_of="2020-12-25")
    assert outcome.returncode == 1
    assert outcome.statuses["assert_as_of_has_a_daily_bar"] == "fail"
    assert (
        read(built, "select count(*) from intermediate.int_as_of_dates_recorded where as_of = '2020-12-25'").iat[0, 0]
        == 0
    )


def test_dividend_larger_than_the_price_stops_the_build_before_the_marts(built: Any) -> None:
    before = _checksums(built)
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
    assert _checksums(built) == before


def test_replaced_staging_views_keep_the_views_that_read_them(built: Any) -> None:
    def identity() -> int:
        return int(read(built, "select 'derived.scenario_paths'::regclass::oid").iat[0, 0])

    before = identity()
    outcome = built("run", "--select", "stg_scenarios__paths", as_of=AS_OF)
    assert outcome.returncode == 0
    assert identity() == before


def test_row_that_a_mart_lost_is_found_and_a_bar_landed_since_the_build_is_no_fault(built: Any) -> None:
    test = "assert_derived_marts_hold_every_bar"
    with built.connect() as connection:
        land(connection, "SPY", pd.Series([10.0], index=pd.to_datetime(["2020-05-30"])))
    assert built("test", "--select", test, as_of=AS_OF).statuses == {test: "pass"}

    with built.connect() as connection:
        connection.execute("delete from derived.volatility where symbol = 'SPY' and session_date = '2020-06-01'")
    assert built("test", "--select", test, as_of=AS_OF).statuses == {test: "fail"}
