"""Scenarios into a real PostgreSQL: what a run writes, refuses and archives."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import psycopg
import pytest
from tests.tetra.scenarios.landed_market import AS_OF
from tests.tetra.scenarios.stored_scenarios import WHY_NO_SQUEEZE, Connection, checksum, generated_at, rows, run

from tetra.data.realism_writer import replace_cards
from tetra.data.scenario_archive import archive_old
from tetra.data.scenario_writer import MadeScenario, replace_scenarios
from tetra.data.scenarios import list_ready, load_panel
from tetra.errors import DataError, ScenarioError, SettingsError
from tetra.scenarios.families import FamilyCard
from tetra.scenarios.realism import Moment
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate
from tetra.scenarios.scenario import Check, Scenario, SymbolCoverage

pytestmark = pytest.mark.postgres


def test_a_first_run_writes_every_scenario_and_says_why_one_is_not_covered(landed: Connection) -> None:
    report = run(landed)
    assert (report.generated, report.unchanged, report.failed, report.deleted) == (6, 0, (), ())
    assert report.not_covered == {"Squeeze": WHY_NO_SQUEEZE}
    assert report.families == {"bull": 1, "crisis": 1, "bootstrap": 2, "monte_carlo": 2}
    stored = rows(
        landed,
        "select (select count(*) from scenarios.definitions where as_of = %(as_of)s)"
        " + (select count(*) from scenarios.symbols where as_of = %(as_of)s)"
        " + (select count(*) from scenarios.paths where as_of = %(as_of)s)"
        " + (select count(*) from scenarios.validations where as_of = %(as_of)s)"
        " + (select count(*) from scenarios.realism where as_of = %(as_of)s)",
    )
    assert stored == [(report.records,)]
    assert report.as_json()["records"] == report.records


def test_what_the_catalogue_says_is_stored(landed: Connection) -> None:
    run(landed)
    (squeeze,) = rows(
        landed,
        "select status, volatility_multiplier, affected_symbols, key_events, cardinality(sessions), seed"
        " from scenarios.definitions where as_of = %(as_of)s and scenario_name = 'Squeeze'",
    )
    event = {"date": "1963-03-04", "event": "a squeeze", "source": "this test"}
    assert squeeze == ("not_covered", 5.0, ["GME", "AMC"], [event], 0, None)
    (bootstrap,) = rows(
        landed,
        "select status, seed, start_date, warmup_end, parameters ->> 'method' from scenarios.definitions"
        " where as_of = %(as_of)s and scenario_name = 'Bootstrap 001'",
    )
    assert bootstrap == ("ready", 7, date(1963, 7, 1), AS_OF, "circular_block")


def test_only_the_types_asked_for_are_made(landed: Connection) -> None:
    report = run(landed, types=["historical"])
    assert report.families == {"bull": 1, "crisis": 1}
    assert set(generated_at(landed)) == {"Spring", "Summer", "Squeeze"}


def test_a_write_that_fails_leaves_the_old_scenario_whole(landed: Connection) -> None:
    run(landed)
    before = generated_at(landed), checksum(landed)
    nothing = Scenario(
        "Spring", "historical", "bull", AS_OF, AS_OF, (SymbolCoverage("SCN.AAA", False, 0.0, "x"),), reason="x"
    )
    wrong = Check("coverage", "BAD", 1.0, None, None)
    with pytest.raises(psycopg.errors.CheckViolation):
        replace_scenarios(landed, [MadeScenario(nothing, (wrong,), "h")], as_of=AS_OF, code_hash="c")
    assert (generated_at(landed), checksum(landed)) == before


def test_checks_are_stored_and_pass_on_good_prices(landed: Connection) -> None:
    run(landed)
    stored = rows(
        landed,
        "select check_name, count(*), count(*) filter (where status = 'PASS') from scenarios.validations"
        " where as_of = %(as_of)s and check_name in ('coverage', 'impossible_prices', 'warmup_bars')"
        " group by 1 order by 1",
    )
    assert stored == [("coverage", 6, 6), ("impossible_prices", 6, 6), ("warmup_bars", 6, 6)]


def test_an_impossible_bar_is_reported_as_failed(landed: Connection) -> None:
    with landed.transaction():
        landed.execute("update market_data.ohlcv set high = low / 2 where symbol = 'SCN.AAA' and ts = '1963-03-20+00'")
    assert "Spring" in run(landed).failed


def test_a_symbol_that_one_missing_close_costs_its_place_is_told_by_name(
    landed: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    whole = run(landed)
    assert "SCN.AAA" not in whole.left_out
    with landed.transaction():
        landed.execute("delete from market_data.ohlcv where symbol = 'SCN.AAA' and ts = '1963-05-20+00'")
        # half of its sessions: no news that it is left out
        landed.execute("delete from market_data.ohlcv where symbol = 'SCN.BBB' and ts < '1963-01-02+00'")
    report = run(landed)
    assert report.left_out == {
        "SCN.AAA": "300 of the last 301 sessions; days are drawn jointly, so all are needed", **whole.left_out,
    }  # fmt: skip
    assert "WARN SCN.AAA is in no synthetic scenario: 300 of the last 301 sessions" in report.as_text()
    assert report.as_json()["left_out"] == report.left_out
    assert "SCN.AAA is in no synthetic one: 300 of the last 301 sessions" in caplog.text
    assert run(landed).left_out == report.left_out, "told as long as it is so"
    assert run(landed, types=["historical"]).left_out == {}


def test_a_bound_that_does_not_exist_is_null(landed: Connection) -> None:
    moments = (
        Moment("skew", math.nan, 0.1, math.nan, math.nan, "WARN"),
        Moment("scenarios", math.nan, 6.0, 50.0, None, "WARN"),
        Moment("kurtosis", 3.0, math.inf, -math.inf, 9.0, "PASS"),
    )
    replace_cards(landed, [FamilyCard("bootstrap", moments, "h")], as_of=AS_OF)
    assert rows(
        landed,
        "select moment, source_value, observed, lower_bound, upper_bound from scenarios.realism"
        " where as_of = %(as_of)s order by moment",
    ) == [("kurtosis", 3.0, None, None, 9.0), ("scenarios", None, 6.0, 50.0, None), ("skew", None, 0.1, None, None)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"as_of": date(1963, 6, 29), "seed": 7},
            ScenarioError,
            "1963-06-29 is not a session of XNYS; give 1963-06-28, the one before it",
        ),
        ({"as_of": AS_OF, "seed": -1}, ScenarioError, "seed is -1"),
        (
            {"as_of": AS_OF, "seed": 7, "request": GenerationRequest(types=("bootstap",))},
            SettingsError,
            "unknown scenario type 'bootstap'; did you mean 'bootstrap'",
        ),
    ],
)
def test_bad_input_is_refused_by_name(
    landed: Connection, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        generate(landed, **arguments)
    assert generated_at(landed) == {}


def test_old_as_of_dates_lose_their_paths_and_keep_their_definitions(landed: Connection) -> None:
    run(landed)
    newer = [date(1963, 7, day) for day in (1, 2, 3)]
    with landed.transaction():
        for day in newer:
            landed.execute(
                "insert into scenarios.definitions select * from jsonb_populate_recordset(null::scenarios.definitions,"
                " (select jsonb_agg(to_jsonb(d) || jsonb_build_object('as_of', %s::date))"
                " from scenarios.definitions as d where as_of = %s and scenario_name = 'Squeeze'))",
                (day, AS_OF),
            )
    try:
        assert AS_OF not in archive_old(landed, in_use=newer[-1], keep=4).as_ofs
        assert AS_OF not in archive_old(landed, in_use=AS_OF, keep=3).as_ofs, "a run for an old date keeps its paths"
        assert len(list_ready(landed, as_of=AS_OF)) == 6
        names = set(generated_at(landed))
        report = archive_old(landed, in_use=newer[-1], keep=3)
        assert (report.as_ofs, report.scenarios) == ((AS_OF,), 7)
        assert report.paths > 0
        assert set(generated_at(landed)) == names
        assert rows(landed, "select 1 from scenarios.paths where as_of = %(as_of)s") == []
        assert rows(landed, "select count(*) > 0 from scenarios.symbols where as_of = %(as_of)s") == [(True,)]
        assert list_ready(landed, as_of=AS_OF) == []
        with pytest.raises(DataError, match="unknown ready scenario 'Spring'"):
            load_panel(landed, as_of=AS_OF, scenario_name="Spring")
        assert archive_old(landed, in_use=newer[-1], keep=3).as_ofs == ()
        assert run(landed).generated == 6, "an archived as-of date is made again when it is asked for"
        assert len(list_ready(landed, as_of=AS_OF)) == 6
    finally:
        with landed.transaction():
            landed.execute("delete from scenarios.definitions where as_of = any(%s)", (newer,))


def test_the_as_of_date_in_use_cannot_be_archived(landed: Connection) -> None:
    with pytest.raises(SettingsError, match="keep is 0; give at least 1"):
        archive_old(landed, in_use=AS_OF, keep=0)
