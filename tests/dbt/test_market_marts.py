"""Correlations, breadth and coverage against pandas on real closes, and the awkward cases among them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.dbt.real_closes import add_instruments, land, read, sp500_closes

pytestmark = pytest.mark.postgres

AS_OF = "2020-09-30"
LEAST = 63
MARTS = ("correlations", "market_breadth", "data_coverage")
SELECTED = ("--select", *(f"+{mart}" for mart in MARTS), "--exclude-resource-type", "unit_test")
STOCKS = ("AAPL", "GE", "JPM", "KO", "MSFT", "PFE", "XOM")
HALT = slice("2020-03-09", "2020-03-20")
"""Two weeks of the crash without bars of KO; the one bar of 2019-07-05 is missing too."""
REGIMES = {"bull": ("2018-03-01", "2018-09-28"), "bear": ("2020-02-20", "2020-06-30")}


@pytest.fixture(scope="module")
def closes() -> dict[str, pd.Series]:
    """Closes from 2018 on, past the as-of date; BTC-USD has real returns on each day of the week, NEW 40 sessions."""
    real = sp500_closes(STOCKS).loc["2018-01-02":"2020-12-31"]
    held = {symbol: real[symbol] for symbol in STOCKS}
    held["KO"] = held["KO"].drop([*held["KO"].loc[HALT].index, pd.Timestamp("2019-07-05")])
    held["NEW"] = real["PFE"].loc[:AS_OF].iloc[-40:]
    weekly = pd.date_range("2019-01-01", AS_OF)
    held["BTC-USD"] = pd.Series(real["GE"].to_numpy()[: len(weekly)], index=weekly)
    held["SPY"] = real.mean(axis=1)
    return held


@pytest.fixture(scope="module")
def built(dbt: Any, closes: dict[str, pd.Series]) -> Any:
    """The market's marts as of 2020-09-30."""
    from tetra.data import coverage

    classes = dict.fromkeys(closes, "stock") | {"BTC-USD": "crypto", "SPY": "etf", "NEVER": "stock"}
    with dbt.connect() as connection:
        add_instruments(connection, classes)
        for symbol, series in closes.items():
            land(connection, symbol, series)
        for regime, (start, end) in REGIMES.items():
            connection.execute(
                "insert into scenarios.definitions (as_of, scenario_name, scenario_type, scenario_family, status,"
                " start_date, end_date, sessions, parameters, input_hash, code_hash) values"
                " (%s, %s, 'regime', 'regime', 'ready', %s, %s, '{}',"
                " jsonb_build_object('kind', %s::text, 'method', 'rules'), '', '')",
                [AS_OF, regime, start, end, regime],
            )
        coverage.refresh(connection)
    _build(dbt)
    return dbt


def _build(dbt: Any) -> None:
    outcome = dbt("build", *SELECTED, as_of=AS_OF)
    assert outcome.returncode == 0, outcome.output
    assert set(MARTS) <= set(outcome.statuses)
    assert not outcome.not_passed()


def _returns(closes: dict[str, pd.Series]) -> pd.DataFrame:
    """Each symbol's own returns, on the sessions of the stock market up to the as-of date."""
    returns = pd.DataFrame({symbol: series.pct_change() for symbol, series in closes.items()})
    return returns.reindex(closes["AAPL"].loc[:AS_OF].index)


@pytest.mark.parametrize("regime", ["latest", *REGIMES])
def test_correlations_equal_pandas(built: Any, closes: dict[str, pd.Series], regime: str) -> None:
    returns = _returns(closes)
    inside = returns.iloc[-252:] if regime == "latest" else returns.loc[slice(*REGIMES[regime])]
    enough = inside.columns[inside.count() >= LEAST]
    expected = inside[enough].corr(min_periods=LEAST)
    common = inside[enough].notna().astype(int)

    rows = read(built, "select * from derived.correlations where regime = %s", (regime,))
    matrix = rows.pivot(index="symbol", columns="other_symbol", values="correlation").astype(float)
    sessions = rows.pivot(index="symbol", columns="other_symbol", values="sessions")

    assert len(rows) == len(enough) ** 2
    expected = expected.sort_index(axis=0).sort_index(axis=1)
    np.testing.assert_array_equal(matrix.index, expected.index)
    np.testing.assert_allclose(matrix, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(sessions, (common.T @ common).loc[expected.index, expected.columns])
    assert (np.diag(matrix) == 1).all()


def test_symbols_without_a_quarter_of_returns_and_pairs_without_one_in_common_have_no_correlation(built: Any) -> None:
    held = read(built, "select distinct regime, symbol from derived.correlations")
    assert "NEW" not in set(held["symbol"])
    assert "BTC-USD" not in set(held.loc[held["regime"] == "bull", "symbol"])  # its bars begin in 2019
    assert set(held["regime"]) == {"latest", *REGIMES}


def test_breadth_equals_pandas_and_ends_with_the_horizon(built: Any, closes: dict[str, pd.Series]) -> None:
    stocks = {symbol: series.loc[:AS_OF] for symbol, series in closes.items() if symbol not in ("BTC-USD", "SPY")}
    returns = pd.DataFrame({symbol: series.pct_change() for symbol, series in stocks.items()})
    highs = pd.DataFrame({s: c > c.shift(1).rolling(251).max() for s, c in stocks.items()}, dtype=float).sum(axis=1)
    lows = pd.DataFrame({s: c < c.shift(1).rolling(251).min() for s, c in stocks.items()}, dtype=float).sum(axis=1)
    net = (returns > 0).sum(axis=1) - (returns < 0).sum(axis=1)

    breadth = read(built, "select * from derived.market_breadth order by session_date").set_index("session_date")
    assert breadth.index[-1] == date.fromisoformat(AS_OF)
    np.testing.assert_array_equal(breadth.index, returns.index.date)
    np.testing.assert_array_equal(breadth["instruments"], returns.notna().sum(axis=1))
    np.testing.assert_array_equal(breadth["advancing"], (returns > 0).sum(axis=1))
    np.testing.assert_array_equal(breadth["declining"], (returns < 0).sum(axis=1))
    np.testing.assert_array_equal(breadth["unchanged"], (returns == 0).sum(axis=1))
    np.testing.assert_array_equal(breadth["net_advances"], net)
    np.testing.assert_array_equal(breadth["advance_decline_line"], net.cumsum())
    np.testing.assert_array_equal(breadth["new_highs"], highs)
    np.testing.assert_array_equal(breadth["new_lows"], lows)
    np.testing.assert_array_equal(breadth["net_new_highs"], highs - lows)
    assert highs.sum() > 100
    assert lows.sum() > 20


@pytest.mark.parametrize("sessions", [50, 200])
def test_shares_above_averages_equal_pandas(built: Any, closes: dict[str, pd.Series], sessions: int) -> None:
    above = pd.DataFrame(
        {
            symbol: (series > series.rolling(sessions).mean()).where(series.rolling(sessions).count() == sessions)
            for symbol, series in closes.items()
            if symbol not in ("BTC-USD", "SPY")
        }
    ).astype(float)
    shares = read(built, f"select share_above_sma_{sessions} from derived.market_breadth order by session_date")
    np.testing.assert_allclose(shares.iloc[:, 0].astype(float), above.loc[:AS_OF].mean(axis=1), rtol=1e-12)
    assert shares.iloc[:, 0].isna().sum() == sessions - 1


def test_coverage_names_gaps_and_instruments_that_have_no_bars(built: Any, closes: dict[str, pd.Series]) -> None:
    rows = read(built, "select * from derived.data_coverage").set_index("symbol")
    halted = len(closes["AAPL"].loc[HALT])
    gapped = rows.loc["KO"]
    assert gapped[["sessions_expected", "sessions_held", "sessions_missing"]].tolist() == [
        len(closes["AAPL"]),
        len(closes["KO"]),
        halted + 1,
    ]
    assert gapped[["gaps", "longest_gap", "longest_gap_start"]].tolist() == [2, halted, date(2020, 3, 9)]
    assert gapped["coverage"] == pytest.approx(len(closes["KO"]) / len(closes["AAPL"]))
    assert rows.loc["AAPL", ["sessions_missing", "gaps", "longest_gap", "coverage"]].tolist() == [0, 0, 0, 1]
    assert rows.loc["AAPL", "last_session"] == date(2020, 12, 31)  # held, though after the horizon
    assert rows.loc["NEVER", ["sessions_held", "gaps"]].tolist() == [0, 0]
    assert rows.loc["NEVER", ["coverage", "first_session", "sessions_expected"]].isna().all()


def test_marts_that_contradict_themselves_are_found_and_mended_by_the_next_build(built: Any) -> None:
    from tetra.data import coverage

    def checksums() -> list[str]:
        statement = "select md5(string_agg(t::text, '' order by t::text)) from derived.{} as t"
        return [read(built, statement.format(mart)).iat[0, 0] for mart in MARTS]

    before = checksums()
    with built.connect() as connection:
        for broken in (
            "update derived.correlations set correlation = 0.5 where symbol = 'AAPL' and other_symbol = 'GE'",
            "update derived.market_breadth set advancing = advancing + 1 where session_date = '2020-06-01'",
            "update derived.data_coverage set sessions_missing = 0 where symbol = 'KO'",
            "update quality.gaps set sessions_missing = sessions_missing + 1 where symbol = 'KO'",
        ):
            assert connection.execute(broken).rowcount > 0
    identities = (
        "assert_correlation_matrices_are_square_and_symmetric",
        "assert_breadth_counts_every_stock_once",
        "assert_coverage_agrees_with_its_gaps",
        "assert_gaps_account_for_missing_sessions",
    )
    outcome = built("test", "--select", *identities, as_of=AS_OF)
    assert outcome.statuses == dict.fromkeys(identities, "fail")

    with built.connect() as connection:
        coverage.refresh(connection)
    _build(built)
    assert checksums() == before
