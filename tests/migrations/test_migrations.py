"""Migrations on a real server: up, down, up; the ledger; what each role may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tetra.database import migrations
from tetra.database.provision import provision

pytestmark = pytest.mark.postgres

SNAPSHOT = """
select table_schema, table_name, column_name, data_type, is_nullable, column_default
from information_schema.columns
where table_schema not in ('pg_catalog', 'information_schema')
order by 1, 2, 3
"""
PRIVILEGES = """
select n.nspname, c.relname, c.relacl::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'public')
order by 1, 2
"""


@pytest.fixture
def scratch(warehouse: Any) -> Iterator[str]:
    """An empty database owned by tetra_owner, on the tests' server."""
    name = "tetra_migration_test"
    with psycopg.connect(warehouse.server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("create database {} owner tetra_owner").format(sql.Identifier(name)))
    yield warehouse.server.url_for(role="tetra_owner", password=warehouse.passwords["owner"], database=name)
    with psycopg.connect(warehouse.server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))


def _fetch(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_up_down_up_gives_the_same_schema_and_privileges(scratch: str) -> None:
    migrations.upgrade(scratch)
    schema, privileges = _fetch(scratch, SNAPSHOT), _fetch(scratch, PRIVILEGES)
    assert len(schema) > 100
    migrations.downgrade(scratch, "base")
    left = {row[1] for row in _fetch(scratch, SNAPSHOT)}
    assert left == {"alembic_version", "migration_ledger"}
    migrations.upgrade(scratch)
    assert _fetch(scratch, SNAPSHOT) == schema
    assert _fetch(scratch, PRIVILEGES) == privileges


def test_every_step_goes_down_and_up_again_alone(scratch: str) -> None:
    revisions = [path.name.split("_")[0] for path in migrations.sql_files() if path.name.endswith(".up.sql")]
    migrations.upgrade(scratch)
    for before in [*reversed(revisions[:-1])]:
        migrations.downgrade(scratch, before)
        assert migrations.current(scratch) == before
        migrations.upgrade(scratch, "+1")
        migrations.downgrade(scratch, before)


def test_each_change_has_its_ledger_row(scratch: str) -> None:
    migrations.upgrade(scratch)
    migrations.downgrade(scratch, "base")
    rows = _fetch(scratch, "select migration, direction from migration_ledger order by entry")
    names = sorted({path.name.split(".")[0] for path in migrations.sql_files()})
    assert rows == [(name, "up") for name in names] + [(name, "down") for name in reversed(names)]


def test_a_failing_migration_leaves_neither_change_nor_ledger_row(
    scratch: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    migrations.upgrade(scratch, "0001")
    original = migrations.DIRECTORY
    broken = tmp_path / "migrations"
    import shutil

    shutil.copytree(original, broken)
    path = broken / "sql" / "0002_create_timescale_functions.up.sql"
    path.write_text(path.read_text() + "\nselect 1 / 0;\n")
    monkeypatch.setattr(migrations, "DIRECTORY", broken)
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrations.upgrade(scratch)
    assert migrations.current(scratch) == "0001"
    assert _fetch(scratch, "select count(*) from migration_ledger") == [(1,)]
    assert _fetch(scratch, "select to_regprocedure('timescale.edition()') is null") == [(True,)]


def test_every_up_has_a_down_and_a_revision() -> None:
    ups = {path.name.removesuffix(".up.sql") for path in migrations.sql_files() if path.name.endswith(".up.sql")}
    downs = {path.name.removesuffix(".down.sql") for path in migrations.sql_files() if path.name.endswith(".down.sql")}
    revisions = {path.stem for path in (migrations.DIRECTORY / "versions").glob("*.py")}
    assert ups
    assert ups == downs == revisions
    assert migrations.head() == max(ups).split("_")[0]


def test_every_table_has_a_comment_that_states_its_grain(warehouse: Any) -> None:
    rows = _fetch(
        warehouse.url("owner"),
        """
        select n.nspname || '.' || c.relname, obj_description(c.oid) from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname in ('market_data', 'economic_data', 'quality', 'scenarios', 'strategies',
            'backtest')
        """,
    )
    assert len(rows) >= 19
    assert [name for name, comment in rows if not (comment or "").startswith("One row per ")] == []


def test_provisioning_twice_changes_nothing(warehouse: Any) -> None:
    query = "select rolname, rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname like 'tetra%' order by 1"
    before = _fetch(warehouse.server.url, query)
    provision(warehouse.server, warehouse.passwords)
    assert _fetch(warehouse.server.url, query) == before
    assert [row for row in before if True in row[1:]] == []


@pytest.mark.parametrize(
    "statement",
    [
        "insert into market_data.exchanges values ('X', 'x', 'XNYS', 'UTC')",
        "delete from market_data.ohlcv",
        "create table market_data.mine (value int)",
        "create table public.mine (value int)",
        "create temporary table mine (value int)",
        "update assessment.pipeline_runs set status = 'success'",
    ],
)
def test_the_reader_may_only_read(warehouse: Any, statement: str) -> None:
    with psycopg.connect(warehouse.url("reader"), autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_the_reader_reads_everything_and_is_cut_off_after_30_seconds(warehouse: Any) -> None:
    with psycopg.connect(warehouse.url("reader")) as connection:
        assert connection.execute("show statement_timeout").fetchone() == ("30s",)
        for table in ("market_data.ohlcv", "backtest.results", "assessment.pipeline_runs", "quality.coverage"):
            connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split("."))))


@pytest.mark.parametrize(
    "statement",
    [
        "create table market_data.mine (value int)",
        "drop table market_data.ohlcv",
        "delete from assessment.pipeline_runs",
        "create table derived.mine (value int)",
        "truncate backtest.results",
    ],
)
def test_the_writer_changes_rows_but_no_tables(warehouse: Any, statement: str) -> None:
    with (
        psycopg.connect(warehouse.url("writer"), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_plain_postgresql_is_recognised_and_the_timescale_functions_do_nothing_there(warehouse: Any) -> None:
    with psycopg.connect(warehouse.url("owner")) as connection:
        row = connection.execute(
            "select timescale.edition(), timescale.is_hypertable('market_data.ohlcv'), "
            "timescale.ensure_hypertable('market_data.ohlcv', 'ts'), "
            "timescale.ensure_compression('market_data.ohlcv', 'symbol', 'ts', '1 year')"
        ).fetchone()
    assert row == ("none", False, False, False)


def test_retention_deletes_exactly_what_is_older_on_plain_postgresql(warehouse: Any) -> None:
    with psycopg.connect(warehouse.url("owner")) as connection:
        connection.execute("create table quality.retention_probe (ts timestamptz not null)")
        connection.execute(
            "insert into quality.retention_probe select now() - make_interval(days => d) from generate_series(1, 10) d"
        )
        answer = connection.execute(
            "select timescale.apply_retention('quality.retention_probe', 'ts', '5 days 12 hours')"
        ).fetchone()
        assert answer == ("deleted 5 rows",)
        connection.rollback()
