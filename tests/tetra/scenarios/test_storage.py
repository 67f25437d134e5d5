"""Scenarios through a real PostgreSQL: what is read back, what is left alone, what is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
import yaml
from psycopg.pq import TransactionStatus
from tests.tetra.scenarios.landed_market import (
    AS_OF,
    EVENTS,
    FIELDS,
    HISTORY,
    SYMBOLS,
    land,
    landed_market,
    write_catalogue,
)

from tetra.data.bulk import Column, copy_columns
from tetra.data.prices import load_history
from tetra.data.real_arrays import real_array_cursor
from tetra.data.scenario_archive import archive_old
from tetra.data.scenario_writer import MadeScenario, replace_scenarios
from tetra.data.scenarios import list_ready, load_panel, load_panels
from tetra.errors import DataError, ScenarioError, SettingsError
from tetra.scenarios import runner
from tetra.scenarios.report import GenerationReport
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate, preview
from tetra.scenarios.scenario import Check, Scenario, SymbolCoverage

pytestmark = pytest.mark.postgres

Connection = psycopg.Connection[Any]
WHY_NO_SQUEEZE = "required symbol GME has 0 of the window's 43 sessions, 95% needed; affected and not in: GME, AMC"


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_catalogue(tmp_path)
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def landed(connection: Connection, catalogue: Path) -> Iterator[Connection]:
    with landed_market(connection):
        yield connection


EPISODES_AND_PATHS = ("historical", "stochastic")


def run(connection: Connection, *, seed: int = 7, types: Sequence[str] = EPISODES_AND_PATHS) -> GenerationReport:
    return generate(connection, as_of=AS_OF, seed=seed, request=GenerationRequest(types=tuple(types)))


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    with connection.transaction():
        return connection.execute(query, {"as_of": AS_OF}).fetchall()  # type: ignore[arg-type]


def checksum(connection: Connection) -> list[tuple[Any, ...]]:
    return rows(
        connection,
        "select scenario_name, symbol, md5(row(open, high, low, close, volume)::text) from scenarios.paths"
        " where as_of = %(as_of)s order by 1, 2",
    )


def generated_at(connection: Connection) -> dict[str, datetime]:
    found = rows(connection, "select scenario_name, generated_at from scenarios.definitions where as_of = %(as_of)s")
    return dict(found)


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


def test_a_panel_is_the_real_warm_up_and_the_stored_window(landed: Connection) -> None:
    run(landed)
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Spring")
    assert panel.symbols == tuple(SYMBOLS)
    assert panel.is_tradable.tolist() == HISTORY.is_tradable.tolist()
    assert (panel.scenario_family, panel.window_start) == ("bull", 60)
    first = int(np.searchsorted(HISTORY.sessions, np.datetime64("1963-03-01")))
    last = int(np.searchsorted(HISTORY.sessions, np.datetime64("1963-04-30")))
    np.testing.assert_array_equal(panel.sessions, HISTORY.sessions[first - 60 : last + 1])
    for field in FIELDS:
        stored, source = getattr(panel, field), getattr(HISTORY, field)[:, first - 60 : last + 1]
        assert stored.flags.c_contiguous
        assert stored.dtype == np.float64
        np.testing.assert_array_equal(stored[:, :60], source[:, :60])
        np.testing.assert_array_equal(stored[:, 60:], source[:, 60:].astype(np.float32))
    assert panel.spread_multiplier.tolist() == [1.0] * panel.sessions.size
    assert panel.commission_multiplier.tolist() == [1.0] * panel.sessions.size


def test_a_synthetic_panel_goes_on_from_the_last_real_close(landed: Connection) -> None:
    run(landed)
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Bootstrap 001")
    assert panel.sessions[panel.window_start - 1] == np.datetime64(AS_OF)
    assert (np.diff(panel.sessions).astype(int) > 0).all()
    row = panel.symbols.index("SCN.AAA")
    seam = panel.close[row, panel.window_start] / panel.close[row, panel.window_start - 1]
    known = HISTORY.close[0][HISTORY.sessions <= np.datetime64(AS_OF)]
    ratios = (known[1:] / known[:-1])[-300:]
    assert np.abs(ratios / seam - 1).min() < 1e-6


def test_ready_scenarios_are_listed_with_their_size(landed: Connection) -> None:
    run(landed)
    listed = {key.scenario_name: key for key in list_ready(landed, as_of=AS_OF)}
    assert sorted(listed) == [
        "Bootstrap 001",
        "Bootstrap 002",
        "Monte Carlo 001",
        "Monte Carlo 002",
        "Spring",
        "Summer",
    ]
    for name, key in listed.items():
        panel = load_panel(landed, as_of=AS_OF, scenario_name=name)
        assert panel.close.shape == (key.series, key.bars)
        assert panel.scenario_family == key.scenario_family


def test_panels_come_in_the_order_asked_for_and_leave_no_transaction_open(landed: Connection) -> None:
    run(landed)
    names = ["Summer", "Bootstrap 002", "Spring"]
    seen = []
    for panel in load_panels(landed, as_of=AS_OF, scenario_names=names):
        assert landed.info.transaction_status is TransactionStatus.IDLE
        alone = load_panel(landed, as_of=AS_OF, scenario_name=panel.scenario_name)
        np.testing.assert_array_equal(panel.close, alone.close)
        np.testing.assert_array_equal(panel.sessions, alone.sessions)
        seen.append(panel.scenario_name)
    assert seen == names
    assert list(load_panels(landed, as_of=AS_OF, scenario_names=[])) == []


def test_a_scenario_that_is_not_ready_cannot_be_loaded(landed: Connection) -> None:
    run(landed)
    with pytest.raises(DataError, match="unknown ready scenario 'Sprin'; did you mean 'Spring'"):
        load_panel(landed, as_of=AS_OF, scenario_name="Sprin")


def test_a_second_run_changes_nothing(landed: Connection) -> None:
    run(landed)
    before = generated_at(landed), checksum(landed)
    again = run(landed)
    assert (again.generated, again.unchanged, again.records) == (0, 6, 0)
    assert again.not_covered == {"Squeeze": WHY_NO_SQUEEZE}
    assert (generated_at(landed), checksum(landed)) == before


def test_a_changed_bar_makes_only_the_scenarios_that_read_it_again(landed: Connection) -> None:
    run(landed)
    before = generated_at(landed)
    with landed.transaction():
        landed.execute(
            "update market_data.ohlcv set close = close * 1.001, high = high * 1.001"
            " where symbol = 'SCN.AAA' and ts = '1963-05-20+00'"
        )
    report = run(landed)
    assert (report.generated, report.unchanged) == (5, 1)
    after = generated_at(landed)
    assert {name for name in before if before[name] == after[name]} == {"Spring", "Squeeze"}


def test_bars_after_the_as_of_date_change_nothing(landed: Connection) -> None:
    run(landed)
    before = checksum(landed)
    land(landed, np.flatnonzero(HISTORY.sessions > np.datetime64(AS_OF)))
    report = run(landed)
    assert (report.generated, report.unchanged) == (0, 6)
    with landed.transaction():
        landed.execute("delete from scenarios.definitions where as_of = %s", (AS_OF,))
    run(landed)
    assert checksum(landed) == before


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(landed: Connection) -> None:
    run(landed)
    before = {(name, symbol): value for name, symbol, value in checksum(landed)}
    report = run(landed, seed=8)
    other = {(name, symbol): value for name, symbol, value in checksum(landed)}
    assert (report.generated, report.unchanged) == (4, 2)
    assert {name for name, symbol in before if before[name, symbol] != other[name, symbol]} == {
        "Bootstrap 001", "Bootstrap 002", "Monte Carlo 001", "Monte Carlo 002",
    }  # fmt: skip
    run(landed, seed=7)
    assert {(name, symbol): value for name, symbol, value in checksum(landed)} == before


def test_a_scenario_no_longer_in_the_catalogue_is_deleted(landed: Connection, catalogue: Path) -> None:
    run(landed)
    write_catalogue(catalogue, EVENTS[1:])
    assert run(landed, types=["bootstrap"]).deleted == (), "a run of other types leaves it alone"
    report = run(landed)
    assert report.deleted == ("Spring",)
    assert "Spring" not in generated_at(landed)
    assert rows(landed, "select 1 from scenarios.paths where as_of = %(as_of)s and scenario_name = 'Spring'") == []


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
    wrong = Check("coverage", "BAD", 1.0, None, None)  # type: ignore[arg-type]
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


def test_a_missing_close_is_null_in_storage_and_nan_in_the_panel(landed: Connection) -> None:
    with landed.transaction():
        landed.execute("delete from market_data.ohlcv where symbol = 'SCN.BBB' and ts = '1963-03-20+00'")
    run(landed)
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Spring")
    row = panel.symbols.index("SCN.BBB")
    column = int(np.searchsorted(panel.sessions, np.datetime64("1963-03-20")))
    assert np.flatnonzero(np.isnan(panel.close[row])).tolist() == [column]
    assert np.isnan(panel.open[panel.symbols.index("SCN.EEE")]).all()


def test_warm_up_is_the_same_whichever_scenarios_are_loaded_together(landed: Connection) -> None:
    # a symbol whose history begins later than the warm-up of its scenario does not shorten the panel
    with landed.transaction():
        landed.execute("delete from market_data.ohlcv where symbol like 'SCN.%' and ts < '1963-01-15+00'")
        landed.execute("update market_data.instruments set is_active = true where symbol like 'SCN.%'")
    land_early = np.flatnonzero(HISTORY.sessions < np.datetime64("1963-01-15"))
    only_gap = HISTORY.symbols.index("GAP")
    with landed.transaction():
        copy_columns(
            landed,
            table=("market_data", "ohlcv"),
            columns=[
                Column("symbol", "text", [SYMBOLS[only_gap]] * land_early.size),
                Column("timeframe", "text", ["1d"] * land_early.size),
                Column("ts", "timestamptz", HISTORY.sessions[land_early]),
                Column("close", "float8", HISTORY.close[only_gap, land_early]),
                Column("price_basis", "text", ["total"] * land_early.size),
                Column("source", "text", ["test"] * land_early.size),
            ],
        )
    run(landed, types=["historical"])
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Spring")
    assert panel.window_start == 60
    assert np.isnan(panel.close[panel.symbols.index("SCN.AAA"), 0])
    assert np.isfinite(panel.close[panel.symbols.index("SCN.GAP"), 0])


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


def test_the_loader_of_real_arrays_reads_nulls_empties_and_plain_ones(connection: Connection) -> None:
    query = "select array[1.5, null, -2]::real[], '{}'::real[], array[3, 4]::real[], null::real[]"
    with connection.transaction(), real_array_cursor(connection) as cursor:
        row = cursor.execute(query).fetchone()
    assert row is not None
    np.testing.assert_array_equal(row[0], np.array([1.5, np.nan, -2], dtype=np.float32))
    assert row[1].size == 0
    np.testing.assert_array_equal(row[2], np.array([3, 4], dtype=np.float32))
    assert row[3] is None


def test_history_read_for_scenarios_is_that_of_these_tests_alone(landed: Connection) -> None:
    with landed.transaction():
        assert load_history(landed, as_of=AS_OF).symbols == tuple(SYMBOLS)


EVERYTHING = "definitions", "symbols", "paths", "validations", "realism"


def versions(connection: Connection) -> list[tuple[Any, ...]]:
    """Row versions of every table: any write of a row, even of the same values, makes another."""
    parts = [
        f"select '{table}', ctid::text, xmin::text from scenarios.{table} where as_of = %(as_of)s"
        for table in EVERYTHING
    ]
    return rows(connection, " union all ".join(parts) + " order by 1, 2")


def contents(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Everything stored but for the time of storing."""
    return {
        table: rows(
            connection,
            f"select to_jsonb(kept) - 'generated_at' as content from scenarios.{table} as kept"
            " where as_of = %(as_of)s order by (to_jsonb(kept) - 'generated_at')::text",
        )
        for table in EVERYTHING
    }


def test_a_second_run_of_everything_writes_no_row(landed: Connection) -> None:
    first = run(landed, types=["all"])
    assert first.families["stress"] + first.families["full_history"] > 0
    before = versions(landed)
    again = run(landed, types=["all"])
    assert (again.generated, again.records, again.unchanged) == (0, 0, first.generated)
    assert again.unrealistic == first.unrealistic, "what is off is told as long as it is"
    assert versions(landed) == before


def test_a_run_that_is_killed_between_batches_is_completed_by_the_next(
    landed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(landed, types=["all"])
    whole = contents(landed)
    with landed.transaction():
        landed.execute("delete from scenarios.definitions where as_of = %s", (AS_OF,))
        landed.execute("delete from scenarios.realism where as_of = %s", (AS_OF,))
    stored: list[int] = []

    def store_one_batch(*arguments: Any, **options: Any) -> int:
        if stored:
            raise KeyboardInterrupt
        stored.append(replace_scenarios(*arguments, **options))
        return stored[0]

    monkeypatch.setattr(runner, "BATCH", 4)
    with monkeypatch.context() as killed:
        killed.setattr(runner, "replace_scenarios", store_one_batch)
        with pytest.raises(KeyboardInterrupt):
            run(landed, types=["all"])
    landed.rollback()
    assert len(generated_at(landed)) == 4
    report = run(landed, types=["all"])
    assert report.unchanged > 0
    assert contents(landed) == whole


def test_workers_change_no_byte(landed: Connection) -> None:
    run(landed, types=["all"])
    one = contents(landed)
    with landed.transaction():
        landed.execute("delete from scenarios.definitions where as_of = %s", (AS_OF,))
        landed.execute("delete from scenarios.realism where as_of = %s", (AS_OF,))
    generate(landed, as_of=AS_OF, seed=7, request=GenerationRequest(), workers=5)
    assert contents(landed) == one


@pytest.mark.parametrize(
    ("request_made", "touched"),
    [
        (GenerationRequest(severity="extreme"), {"stress"}),
        (GenerationRequest(num_scenarios=3), {"bootstrap", "monte_carlo"}),
        (GenerationRequest(fields="close"), {"bootstrap", "monte_carlo"}),
        (GenerationRequest(types=("stress",), severity="extreme", num_scenarios=1), {"stress"}),
    ],
)
def test_a_request_touches_only_its_families(
    landed: Connection, request_made: GenerationRequest, touched: set[str]
) -> None:
    query = "select scenario_name, scenario_type, xmin::text from scenarios.definitions where as_of = %(as_of)s"
    run(landed, types=["all"])
    before = set(rows(landed, query))
    generate(landed, as_of=AS_OF, seed=7, request=request_made)
    assert {kind for _, kind, _ in before ^ set(rows(landed, query))} == touched


def test_closes_alone_leave_the_other_fields_null(landed: Connection) -> None:
    generate(landed, as_of=AS_OF, seed=7, request=GenerationRequest(types=EPISODES_AND_PATHS, fields="close"))
    query = (
        "select scenario_type, count(open) + count(high) + count(low) + count(volume) > 0, count(close) > 0"
        " from scenarios.paths inner join scenarios.definitions using (as_of, scenario_name)"
        " where as_of = %(as_of)s group by scenario_type order by scenario_type"
    )
    assert rows(landed, query) == [
        ("bootstrap", False, True), ("historical", True, True), ("monte_carlo", False, True),
    ]  # fmt: skip
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Bootstrap 001")
    assert np.isnan(panel.open[:, panel.window_start :]).all()


def test_cards_of_families_that_are_gone_go_too(landed: Connection, catalogue: Path) -> None:
    families = "select distinct scenario_family from scenarios.realism where as_of = %(as_of)s order by 1"
    run(landed)
    assert rows(landed, families) == [("bootstrap",), ("monte_carlo",), ("set",)]
    content = yaml.safe_load((catalogue / "scenarios.yaml").read_text(encoding="utf-8"))
    content["monte_carlo"]["paths"] = 0
    (catalogue / "scenarios.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    run(landed)
    assert rows(landed, families) == [("bootstrap",), ("set",)]


def test_a_preview_says_what_a_run_does_and_writes_nothing(landed: Connection) -> None:
    request = GenerationRequest(types=EPISODES_AND_PATHS)
    before = preview(landed, as_of=AS_OF, seed=7, request=request)
    assert versions(landed) == []
    assert set(before.to_make) == {
        "Spring", "Summer", "Squeeze", "Bootstrap 001", "Bootstrap 002", "Monte Carlo 001", "Monte Carlo 002",
    }  # fmt: skip
    run(landed)
    after = preview(landed, as_of=AS_OF, seed=7, request=GenerationRequest(types=("stochastic",), num_scenarios=1))
    assert (after.to_make, after.to_delete) == ((), ("Bootstrap 002", "Monte Carlo 002"))


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
