"""Scenario paths in long form and realism cards, as people query them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dbt.real_closes import add_instruments, land, read, sp500_closes

pytestmark = pytest.mark.postgres

SELECTED = ("--select", "+scenario_paths", "+scenario_realism", "+int_as_of_dates_recorded")


@pytest.fixture(scope="module")
def built(dbt: Any) -> Any:
    """The marts of scenarios as of the end of 2020, without a scenario."""
    with dbt.connect() as connection:
        add_instruments(connection, {"AAPL": "stock", "JPM": "stock"})
        land(connection, "AAPL", sp500_closes(["AAPL"])["AAPL"].loc["2020-12-01":"2020-12-31"])
    outcome = dbt("build", *SELECTED, as_of="2020-12-30")
    assert outcome.returncode == 0, outcome.output
    return dbt


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
            points = read(
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
            outcome = built("test", *SELECTED, as_of="2020-12-30")
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
            points = read(
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
            assert not built("build", *SELECTED, as_of="2020-12-30").not_passed()
            cards = read(built, "select * from derived.scenario_realism order by scenario_family, moment")
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
            outcome = built("build", *SELECTED, as_of="2020-12-30")
            assert set(outcome.not_passed()) == {"assert_realism_follows_from_its_bounds"}
        finally:
            connection.execute("delete from scenarios.realism")
