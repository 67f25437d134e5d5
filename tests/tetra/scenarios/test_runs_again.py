"""Runs after runs through a real PostgreSQL: what is left alone, made again or deleted, and what a kill leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from tests.tetra.scenarios.landed_market import AS_OF, EVENTS, HISTORY, land, write_catalogue
from tests.tetra.scenarios.stored_scenarios import (
    EPISODES_AND_PATHS,
    WHY_NO_SQUEEZE,
    Connection,
    checksum,
    contents,
    generated_at,
    rows,
    run,
    versions,
)

from tetra.data.scenario_writer import replace_scenarios
from tetra.scenarios import runner
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate, preview

pytestmark = pytest.mark.postgres


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
