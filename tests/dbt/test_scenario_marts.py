"""Statistics of scenario paths against tetra.metrics on real windows, and which as-of dates they are kept for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.dbt.real_closes import add_instruments, read, sp500_closes

from tetra.metrics import drawdowns, ratios, returns, tail_risk

pytestmark = pytest.mark.postgres

OLDER, NEWER = "2020-09-30", "2020-12-30"
SYMBOLS = ("AAPL", "JPM", "KO", "XOM")
WINDOWS = {
    "Full History": ("full_history", "1990-01-02", "2020-09-30"),
    "COVID-19 Market Crash": ("crisis", "2020-02-20", "2020-04-30"),
    "QE3 Rally 2012-2013": ("bull", "2012-09-13", "2013-12-31"),
}
SELECTED = ("--select", "+scenario_statistics", "+scenario_paths", "--exclude-resource-type", "unit_test")


@pytest.fixture(scope="module")
def paths() -> dict[tuple[str, str], pd.Series]:
    """Real closes as paths hold them, in single precision; KO has gaps, XOM begins late and ends early."""
    closes = sp500_closes(SYMBOLS).astype(np.float32)
    closes.loc[closes.index[5::17], "KO"] = np.nan
    closes.loc[closes.index[5::18], "KO"] = np.nan
    windows = {name: closes.loc[start:end].copy() for name, (_, start, end) in WINDOWS.items()}
    windows["Full History"].iloc[:300, SYMBOLS.index("XOM")] = np.nan
    windows["Full History"].iloc[-100:, SYMBOLS.index("XOM")] = np.nan
    return {(name, symbol): window[symbol] for name, window in windows.items() for symbol in SYMBOLS}


@pytest.fixture(scope="module")
def built(dbt: Any, paths: dict[tuple[str, str], pd.Series]) -> Any:
    """The marts of scenarios as of the older date."""
    with dbt.connect() as connection:
        add_instruments(connection, dict.fromkeys(SYMBOLS, "stock"))
        _store(connection, paths, OLDER)
    _build(dbt, OLDER)
    return dbt


def _store(connection: Any, paths: dict[tuple[str, str], pd.Series], as_of: str) -> None:
    for name, (family, start, end) in WINDOWS.items():
        sessions = [day.date() for day in paths[name, SYMBOLS[0]].index]
        connection.execute(
            "insert into scenarios.definitions (as_of, scenario_name, scenario_type, scenario_family, status,"
            " start_date, end_date, sessions, input_hash, code_hash)"
            " values (%s, %s, %s, %s, 'ready', %s, %s, %s, '', '')",
            [as_of, name, "full_history" if family == "full_history" else "historical", family, start, end, sessions],
        )
    for (name, symbol), closes in paths.items():
        connection.execute(
            "insert into scenarios.paths (as_of, scenario_name, symbol, close) values (%s, %s, %s, %s::float8[])",
            [as_of, name, symbol, [None if np.isnan(close) else float(close) for close in closes]],
        )


def _build(dbt: Any, as_of: str, *options: str) -> None:
    outcome = dbt("build", *SELECTED, *options, as_of=as_of)
    assert outcome.returncode == 0, outcome.output
    assert "scenario_statistics" in outcome.statuses
    assert not outcome.not_passed()


def _checksum(dbt: Any, as_of: str) -> str | None:
    return read(
        dbt,
        "select md5(string_agg(t::text, '' order by t::text)) from derived.scenario_statistics as t where as_of = %s",
        (as_of,),
    ).iat[0, 0]


def _expected(closes: pd.Series) -> dict[str, float]:
    held = closes.dropna().to_numpy(dtype=np.float64)
    daily = returns.simple_returns(held)
    return {
        "sessions": len(held),
        "sessions_missing": len(closes) - len(held),
        "total_return": float(returns.total_return(daily)),
        "annualized_mean_return": float(returns.annualized_mean_return(daily, periods_per_year=252)),
        "annualized_volatility": float(ratios.annualized_volatility(daily, periods_per_year=252)),
        "sharpe_ratio": float(ratios.sharpe_ratio(daily, periods_per_year=252)),
        "max_drawdown": float(drawdowns.max_drawdown(daily)),
        "worst_day": float(daily.min()),
        "best_day": float(daily.max()),
        "skew": float(tail_risk.skew(daily)),
        "excess_kurtosis": float(tail_risk.excess_kurtosis(daily)),
    }


def test_statistics_equal_the_metrics_of_backtests(built: Any, paths: dict[tuple[str, str], pd.Series]) -> None:
    stored = read(built, "select * from derived.scenario_statistics").set_index(["scenario_name", "symbol"])
    assert len(stored) == len(paths)
    for (name, symbol), closes in paths.items():
        row, expected = stored.loc[(name, symbol)], _expected(closes)
        assert row["scenario_family"] == WINDOWS[name][0]
        # sums of thousands of fourth powers, about the geometric mean here and about the arithmetic one there
        np.testing.assert_allclose(
            row[list(expected)].astype(float),
            list(expected.values()),
            rtol=1e-10,
            atol=1e-13,
            err_msg=f"{name} {symbol}",
        )


def test_long_view_holds_the_closes_that_statistics_are_of(built: Any, paths: dict[tuple[str, str], pd.Series]) -> None:
    name = "COVID-19 Market Crash"
    points = read(
        built,
        "select bar_number, session_date, close_price from derived.scenario_paths"
        " where as_of = %s and scenario_name = %s and symbol = 'KO' order by bar_number",
        (OLDER, name),
    )
    closes = paths[name, "KO"]
    assert closes.isna().any()
    assert points["bar_number"].tolist() == list(range(1, len(closes) + 1))
    assert points["session_date"].tolist() == list(closes.index.date)
    np.testing.assert_array_equal(points["close_price"].astype(np.float32), closes)


def test_key_of_the_long_view_is_found_by_index(built: Any) -> None:
    with built.connect() as connection:
        connection.execute("set enable_seqscan = off")  # a table this small is read whole otherwise
        plan = "\n".join(
            line
            for (line,) in connection.execute(
                "explain select * from derived.scenario_paths"
                f" where as_of = '{OLDER}' and scenario_name = 'Full History' and symbol = 'KO'"
            )
        )
    assert "paths_pkey" in plan
    assert "definitions_pkey" in plan
    assert "Seq Scan" not in plan


def test_incremental_builds_equal_a_full_refresh_and_end_with_the_paths(
    built: Any, paths: dict[tuple[str, str], pd.Series]
) -> None:
    older = _checksum(built, OLDER)
    doubled = {key: closes * 2 if key[1] == "JPM" else closes for key, closes in paths.items()}
    with built.connect() as connection:
        _store(connection, doubled, NEWER)
    _build(built, NEWER)
    newer = _checksum(built, NEWER)
    assert newer is not None
    assert _checksum(built, OLDER) == older

    with built.connect() as connection:  # generated again, and otherwise
        connection.execute(
            "update scenarios.paths set close[3] = close[3] * 1.5 where as_of = %s and symbol = 'AAPL'", [NEWER]
        )
    _build(built, NEWER)
    changed = _checksum(built, NEWER)
    assert changed != newer
    _build(built, OLDER, "--full-refresh")
    assert (_checksum(built, OLDER), _checksum(built, NEWER)) == (older, changed)

    with built.connect() as connection:  # archived, as old as-of dates are
        connection.execute("delete from scenarios.paths where as_of = %s", [OLDER])
    _build(built, NEWER)
    assert _checksum(built, OLDER) is None
    assert _checksum(built, NEWER) == changed


def test_older_date_that_was_generated_again_is_built_with_another_one(
    built: Any, paths: dict[tuple[str, str], pd.Series]
) -> None:
    with built.connect() as connection:
        connection.execute("delete from scenarios.definitions where as_of = %s", [OLDER])  # its paths go with it
        _store(connection, paths, OLDER)
    _build(built, NEWER)
    first = _checksum(built, OLDER)

    with built.connect() as connection:
        connection.execute("delete from scenarios.definitions where as_of = %s", [OLDER])
        fewer = {key: closes * 2 if key[1] == "JPM" else closes for key, closes in paths.items() if key[1] != "XOM"}
        _store(connection, fewer, OLDER)
        connection.execute("delete from scenarios.definitions where as_of = %s and scenario_name like 'QE3%%'", [OLDER])
    _build(built, NEWER)
    incremental = _checksum(built, OLDER), _checksum(built, NEWER)
    assert incremental[0] not in (None, first)
    _build(built, NEWER, "--full-refresh")
    assert (_checksum(built, OLDER), _checksum(built, NEWER)) == incremental


def test_dates_that_were_not_generated_again_stay_as_they_are(built: Any) -> None:
    written = "select distinct as_of::text, xmin::text from derived.scenario_statistics order by 1"
    before = read(built, written).set_index("as_of")["xmin"]
    _build(built, NEWER)
    after = read(built, written).set_index("as_of")["xmin"]
    assert after[OLDER] == before[OLDER]
    assert after[NEWER] != before[NEWER]


def test_statistics_of_another_definition_are_all_made_anew(built: Any) -> None:
    expected = _checksum(built, OLDER), _checksum(built, NEWER)
    with built.connect() as connection:
        connection.execute("update derived.scenario_statistics set skew = 0, definition_hash = 'of old'")
        connection.execute("alter table derived.scenario_statistics drop column excess_kurtosis")
    _build(built, NEWER)
    assert (_checksum(built, OLDER), _checksum(built, NEWER)) == expected

    with built.connect() as connection:
        connection.execute("alter table derived.scenario_statistics drop column definition_hash")
    _build(built, NEWER)
    assert (_checksum(built, OLDER), _checksum(built, NEWER)) == expected


def test_path_without_statistics_is_found_and_one_of_a_later_date_is_no_fault(
    built: Any, paths: dict[tuple[str, str], pd.Series]
) -> None:
    test = "assert_every_path_has_its_statistics"
    with built.connect() as connection:
        _store(connection, paths, "2020-12-31")
    assert built("test", "--select", test, as_of=NEWER).statuses == {test: "pass"}

    with built.connect() as connection:
        connection.execute("delete from derived.scenario_statistics where symbol = 'KO'")
    outcome = built("test", "--select", test, as_of=NEWER)
    assert outcome.statuses == {test: "fail"}
