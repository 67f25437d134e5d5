"""What the operators of dbt do with a real dbt on a real warehouse: a project of four models, one of which fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tetra.errors import DataError
from tetra_airflow.operators.dbt import DbtDocsOperator, DbtFreshnessOperator, DbtOperator

pytestmark = pytest.mark.postgres

AS_OF = date(2015, 6, 5)
FILES = {
    "dbt_project.yml": "{name: tried, version: '1.0.0', profile: tetra, model-paths: [models], seed-paths: [seeds],"
    " models: {tried: {marts: {derived: {+materialized: table}}}}}",
    "models/staging/tried_view.sql": "select 1 as one union all select 2",
    "models/marts/derived/prices/tried_table.sql": "select date '{{ env_var('TETRA_DBT_AS_OF') }}' as as_of, one"
    " from {{ ref('tried_view') }}",
    "models/marts/derived/prices/tried_broken.sql": "select one / 0 as none from {{ ref('tried_view') }}",
    "models/marts/derived/prices/tried_after.sql": "select * from {{ ref('tried_broken') }}",
    "models/staging/sources.yml": "sources: [{name: kept, schema: derived, config: {freshness: {warn_after: {count: 1,"
    " period: day}}}, tables: [{name: tried_old, loaded_at_field: loaded_at}, {name: tried_new, loaded_at_field:"
    " loaded_at}, {name: tried_empty, loaded_at_field: loaded_at}]}]",
    "models/marts/models.yml": "models: [{name: tried_table, description: One row per one., columns: [{name: one,"
    " description: A fraction of the whole.}]}]",
    "models/staging/unit_tests.yml": "unit_tests: [{name: never_true, model: tried_table, given: [{input:"
    " ref('tried_view'), rows: [{one: 1}]}], expect: {rows: [{one: 2}]}}]",
    "seeds/tried_seed.csv": "name\na\nb\nc\n",
}
MADE = ("tried_table", "tried_seed", "tried_old", "tried_new", "tried_empty")


@pytest.fixture(autouse=True)
def project(warehouse: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A dbt project of these tests' own, in the environment in which a task finds Tetra's."""
    for name, text in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    profiles = Path(__file__).resolve().parents[2] / "dbt_project"
    parts = urlsplit(warehouse.url("owner"))
    for name, value in {
        "DBT_PROJECT_DIR": tmp_path / "project",
        "DBT_PROFILES_DIR": profiles,
        "DBT_TARGET_PATH": tmp_path / "dbt" / "target",
        "TETRA_STATE_DIR": tmp_path / "state",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "TETRA_DBT_HOST": parts.hostname,
        "TETRA_DBT_PORT": parts.port,
        "TETRA_DBT_USER": parts.username,
        "TETRA_DBT_PASSWORD": parts.password,
    }.items():
        monkeypatch.setenv(name, str(value))
    yield tmp_path / "project"
    with psycopg.connect(warehouse.url("owner"), autocommit=True) as owner:
        for made in MADE:
            owner.execute(sql.SQL("drop table if exists derived.{}").format(sql.Identifier(made)))
        owner.execute("drop view if exists derived.tried_view")


def run(operator: DbtOperator, connection: psycopg.Connection[Any], as_of: date = AS_OF) -> tuple[int, dict[str, Any]]:
    instance = SimpleNamespace(dag_id="tried_pipeline", run_id="tried", task_id=operator.task_id, map_index=-1)
    context: Any = {"ti": instance}
    return operator.run_step(connection, as_of, context)


def timings(connection: psycopg.Connection[Any], task_id: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select model_name, layer, materialization, status, rows_written, as_of from quality.model_timings"
        " where dag_id = 'tried_pipeline' and run_id = 'tried' and task_id = %s order by model_name",
        [task_id],
    ).fetchall()


def test_what_was_built_is_timed_and_a_retry_replaces_it(connection: psycopg.Connection[Any]) -> None:
    build = DbtOperator(task_id="build", command=["build", "--select", "tried_seed", "+tried_table"])
    records, report = run(build, connection)
    assert (records, report["statuses"]) == (5, {"success": 3})
    expected = [
        ("tried_seed", "seeds", "seed", "success", 3, AS_OF),
        ("tried_table", "derived", "table", "success", 2, AS_OF),
        ("tried_view", "staging", "view", "success", None, AS_OF),
    ]
    assert timings(connection, "build") == expected
    for seconds, started_at, now in connection.execute(
        "select seconds, started_at, now() from quality.model_timings where task_id = 'build'"
    ):
        assert seconds >= 0
        assert isinstance(started_at, datetime)
        assert abs((now - started_at).total_seconds()) < 3600, "in UTC, as the server is told"
    retry = DbtOperator(task_id="build", command=["run", "--select", "tried_table"])
    run(retry, connection, date(2015, 6, 8))
    assert timings(connection, "build") == [("tried_table", "derived", "table", "success", 2, date(2015, 6, 8))]
    built = connection.execute("select distinct as_of from derived.tried_table").fetchall()
    assert built == [(date(2015, 6, 8),)], "dbt is told the run's date"


def test_what_failed_and_what_was_skipped_is_kept_too(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(
        DataError, match=r"(?s)dbt build ended with code 1: model\.tried\.tried_broken: .*division by zero"
    ):
        run(DbtOperator(task_id="fails", command=["build", "--select", "staging", "tried_broken+"]), connection)
    connection.rollback()  # what the operator stored is committed
    assert timings(connection, "fails") == [
        ("tried_after", "derived", "table", "skipped", None, AS_OF),
        ("tried_broken", "derived", "table", "error", None, AS_OF),
        ("tried_view", "staging", "view", "success", None, AS_OF),
    ]


def test_a_task_finds_the_project_as_another_one_parsed_it(connection: psycopg.Connection[Any], project: Path) -> None:
    run(DbtOperator(task_id="first", command=["seed"]), connection)
    run(DbtOperator(task_id="second", command=["seed"]), connection, date(2015, 6, 8))
    logs = {
        task_id: (project.parent / "dbt" / "tried_pipeline" / task_id / "dbt.log").read_text()
        for task_id in ("first", "second")
    }
    assert "saved manifest not found" in logs["first"]
    assert "Partial parsing enabled" in logs["second"]
    assert "Unable to do partial parsing" not in logs["second"]


def _sources(warehouse: Any, **ages: str) -> None:
    with psycopg.connect(warehouse.url("owner"), autocommit=True) as owner:
        for name in ("tried_old", "tried_new", "tried_empty"):
            owner.execute(sql.SQL("create table derived.{} (loaded_at timestamptz)").format(sql.Identifier(name)))
        for name, age in ages.items():
            insert = sql.SQL("insert into derived.{} values (now() - %s::interval)").format(sql.Identifier(name))
            owner.execute(insert, [age])


def test_a_stale_source_warns_and_stops_nothing(
    warehouse: Any, connection: psycopg.Connection[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    _sources(warehouse, tried_old="2 days", tried_new="1 minute")
    records, report = run(DbtFreshnessOperator(task_id="freshness"), connection)
    assert records == 0
    assert {name: state["status"] for name, state in report["sources"].items()} == {
        "kept.tried_old": "warn",
        "kept.tried_new": "pass",
        "kept.tried_empty": "warn",
    }
    assert report["sources"]["kept.tried_empty"]["max_loaded_at"] is None
    log = capsys.readouterr().out
    assert "stale source kept.tried_old" in log
    assert "stale source kept.tried_new" not in log
    assert timings(connection, "freshness") == []


def test_a_source_that_cannot_be_looked_at_fails(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(DataError, match=r"did not look at kept\.tried_empty, kept\.tried_new, kept\.tried_old"):
        run(DbtFreshnessOperator(task_id="unread"), connection)


def test_the_documentation_is_one_page_with_what_is_said_of_columns(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    records, _ = run(DbtDocsOperator(task_id="docs"), connection)
    page = (tmp_path / "state" / "docs" / "dbt" / "index.html").read_text(encoding="utf-8")
    assert records == 0
    assert "One row per one." in page
    assert "A fraction of the whole." in page
    assert timings(connection, "docs") == [], "nothing was built"
