"""What the gate of scenario paths looks at, read from the tables that scenarios are stored in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import psycopg
import pytest

from tetra.data import validation

pytestmark = pytest.mark.postgres

AS_OF = date(1987, 10, 16)
SESSIONS = ["1987-10-13", "1987-10-14", "1987-10-15", "1987-10-16"]
AHEAD = ["1987-10-19", "1987-10-20", "1987-10-21", "1987-10-22"]


@pytest.fixture
def scenarios(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    def define(name: str, family: str, sessions: list[str], spreads: list[float] | None = None, **paths: Any) -> None:
        historical = family in {"crisis", "bull"}
        connection.execute(
            "insert into scenarios.definitions (as_of, scenario_name, scenario_type, scenario_family, status,"
            " start_date, end_date, sessions, spread_multiplier, input_hash, code_hash)"
            " values (%s, %s, %s, %s, 'ready', %s, %s, %s::date[], %s, '', '')",
            [AS_OF, name, "historical" if historical else family, family, sessions[0], sessions[-1], sessions, spreads],
        )
        for symbol, closes in paths.items():
            connection.execute(
                "insert into scenarios.paths values (%s, %s, %s, null, null, null, %s)", [AS_OF, name, symbol, closes]
            )

    define("Bootstrap 1", "bootstrap", AHEAD, A=[1, 2, 3, 4], B=[1, -2, 3, 4])
    define("Bootstrap 2", "bootstrap", AHEAD, A=[1, 2, 3, 4])
    define("Crash", "crisis", SESSIONS, A=[4, None, 2, 1])
    define("Full History", "full_history", SESSIONS, A=[None, None, 5, 6], B=[5, None, -1, None])
    define("Monte Carlo 1", "monte_carlo", AHEAD, A=[1, 2, 3, 4])
    define("Stress", "stress", AHEAD, [1.0, 5.0, 0.5], A=[1, 2, 3, 4])
    yield connection
    connection.rollback()


def load(connection: psycopg.Connection[Any]) -> pd.DataFrame:
    frame = validation.load_slice(connection, "scenarios.paths", AS_OF, AS_OF)
    return frame.set_index(["scenario_name", "symbol"])


def test_a_symbol_that_begins_late_misses_nothing_in_the_full_history_and_its_holes_count(scenarios):
    share = load(scenarios)["share_missing"]
    assert share["Full History", "A"] == 0.0
    assert share["Full History", "B"] == pytest.approx(1 / 3)
    # in any other scenario every session of the window counts
    assert share["Crash", "A"] == 0.25


def test_a_full_history_without_a_close_misses_all_of_it(scenarios):
    scenarios.execute("update scenarios.paths set close = '{null,null,null,null}' where scenario_name = 'Full History'")
    assert load(scenarios)["share_missing"]["Full History", "A"] == 1.0


def test_only_generated_prices_have_to_be_positive(scenarios):
    lowest = load(scenarios)["lowest_generated_close"]
    assert lowest["Bootstrap 1", "B"] == -2.0
    assert lowest[["Full History", "Crash"]].isna().all()


def test_multipliers_are_counted_against_the_sessions_and_their_lowest_is_known(scenarios):
    frame = load(scenarios)
    assert frame["misdated_multipliers"]["Stress", "A"] == 1.0
    assert frame["lowest_multiplier"]["Stress", "A"] == 0.5
    assert frame["misdated_multipliers"].drop("Stress").eq(0.0).all()
    assert frame["lowest_multiplier"].drop("Stress").isna().all()


def test_a_window_that_is_replayed_may_not_reach_beyond_the_as_of_date(scenarios):
    scenarios.execute(
        "update scenarios.definitions set sessions[4] = '1987-10-19' where scenario_name = 'Full History'"
    )
    after = load(scenarios)["days_read_after_as_of"]
    assert after["Full History", "A"] == 3
    assert after["Bootstrap 1", "A"] == 0


def test_what_is_unrealistic_is_said_once_per_family_with_its_moments(scenarios):
    assert load(scenarios)["moments_off"].isna().all()
    for family, moment, status in (
        ("monte_carlo", "skew", "WARN"),
        ("monte_carlo", "leverage_effect", "WARN"),
        ("monte_carlo", "volatility", "PASS"),
        ("bootstrap", "volatility", "PASS"),
        ("set", "bear_scenarios", "WARN"),
    ):
        scenarios.execute(
            "insert into scenarios.realism values (%s, %s, %s, %s, 1, 1, 1, 1, '')", [AS_OF, family, moment, status]
        )
    said = load(scenarios)["moments_off"].dropna()
    assert said.to_dict() == {
        ("Bootstrap 1", "A"): "set: bear_scenarios",
        ("Monte Carlo 1", "A"): "monte_carlo: leverage_effect, skew",
    }
