"""Archiving and restoring on a real server and real files: round trips, dry runs, kills, storages that lie."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import psycopg
import pytest
from tests.tetra.data.lossy_storage import BusyFileSystem, LossyFileSystem

from tetra.data.archive import archive
from tetra.data.archive_files import Archive
from tetra.data.archive_tables import ARCHIVABLE
from tetra.data.restore import restore
from tetra.database import migrations
from tetra.errors import DataError, SettingsError

pytestmark = pytest.mark.postgres

BEFORE = date(2016, 7, 1)
TABLES = (*ARCHIVABLE, "news.mentions", "news.sentiment")
SETUP = """
insert into market_data.exchanges values ('X', 'x', 'XNYS', 'UTC');
insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable)
    values ('A', 'x', 'stock', 'X', 'USD', true);
-- around New Year in New York: the UTC day decides
insert into market_data.ohlcv (symbol, timeframe, ts, open, high, low, close, volume, price_basis, source)
select 'A', '1d', day at time zone 'UTC', null, 1 / 3.0, null, -36.98, null, 'raw', ''
from generate_series(timestamp '2015-12-29', '2016-01-03', '1 day') as day
union all
select 'Ä', '1h', at at time zone 'UTC', 0.1, 0.2, 1e-300, 1e300, 12345678901, 'raw', 'a "b", c'
from generate_series(timestamp '2015-12-31 20:00', '2016-01-01 03:00', '1 hour') as at
union all
select 'A', '1h', timestamptz '2016-08-01 14:00+00', 1, 1, 1, 1, 1, 'raw', 's';
insert into news.articles (article_id, headline, published_on, published_at, source) values
    ('1', 'Old', '2015-03-01', '2015-03-01 12:00:00.123456+00', 's'), ('2', '"Quoted", old', '2016-06-30', null, 's'),
    ('3', 'New', '2016-07-01', null, 's');
insert into news.mentions (article_id, symbol, source) values ('1', 'A', 's'), ('3', 'A', 's');
insert into news.sentiment (article_id, symbol, scorer, scorer_version, score, source) values
    ('1', 'A', 'x', '1', -0.25, 's'), ('1', null, 'x', '1', 0.5, 's'), ('3', null, 'x', '1', 0.5, 's');
insert into strategies.definitions values ('hold', 'baseline', 'single', 'x', '{}', 'h', true);
insert into scenarios.definitions (as_of, scenario_name, scenario_type, scenario_family, status, start_date, end_date,
    sessions, input_hash, code_hash)
select day, 's', 'historical', 'bull', 'ready', '2015-01-01', '2015-01-02', '{}', 'i', 'c'
from unnest(array[date '2016-06-29', '2016-06-30', '2016-07-01']) as day;
insert into scenarios.paths (as_of, scenario_name, symbol, open, close)
select as_of, scenario_name, 'A', null::real[], '{1.1,null,3}'::real[] from scenarios.definitions
union all select as_of, scenario_name, 'B', '{1,2}', '{1,2}' from scenarios.definitions;
insert into backtest.results (as_of, scenario_name, strategy_name, symbol, kind, bars, total_return, trade_count)
select as_of, 's', 'hold', 'A', 'single', 252, 0.1, null from scenarios.definitions;
insert into backtest.equity_curves
select as_of, 's', 'hold', 'PORTFOLIO', '{1,1.01}'::real[] from scenarios.definitions;
insert into backtest.trades
select as_of, 's', 'hold', 'A', 1, 1, '2015-01-01', null, 1.1, null, 0.01, 'open_at_end' from scenarios.definitions;
"""


@pytest.fixture(scope="module")
def database(warehouse: Any) -> Iterator[dict[str, str]]:
    """URLs of a migrated database of this module's own, by role: archiving would take other tests' rows too."""
    name = "tetra_archive_test"
    urls = {
        role: warehouse.server.url_for(role=f"tetra_{role}", password=warehouse.passwords[role], database=name)
        for role in ("owner", "writer")
    }
    with psycopg.connect(warehouse.server.url, autocommit=True) as administrator:
        administrator.execute(f"create database {name} owner tetra_owner")
        administrator.execute(f"grant connect, temporary on database {name} to tetra_writer")
        migrations.upgrade(urls["owner"])
        yield urls
        administrator.execute(f"drop database {name} with (force)")


@pytest.fixture
def owner(database: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """A connection as tetra_owner that commits each statement; afterwards the tables are empty."""
    with psycopg.connect(database["owner"], autocommit=True) as connection:
        yield connection
        connection.execute(f"truncate {', '.join(TABLES)}, scenarios.definitions, strategies.definitions cascade")
        connection.execute("truncate market_data.exchanges cascade")


@pytest.fixture
def writer(owner: psycopg.Connection[Any], database: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """A connection as tetra_writer, in a time zone far from UTC, to a database with old rows and new ones."""
    owner.execute(SETUP)
    with psycopg.connect(database["writer"], options="-c timezone=America/Los_Angeles") as connection:
        yield connection


def rows(connection: psycopg.Connection[Any], table: str) -> list[str]:
    found = connection.execute(f"select held::text from {table} as held order by 1").fetchall()
    connection.commit()
    return [row[0] for row in found]


def everything(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    return {table: rows(connection, table) for table in TABLES}


def bars_left(connection: psycopg.Connection[Any], timeframe: str) -> int:
    found = connection.execute("select count(*) from market_data.ohlcv where timeframe = %s", [timeframe]).fetchone()
    connection.commit()
    return int(found[0]) if found else -1


@pytest.mark.parametrize("table", ARCHIVABLE)
def test_what_is_archived_and_deleted_comes_back_as_it_was(writer: Any, tmp_path: Path, table: str) -> None:
    before = everything(writer)
    report = archive(writer, table=table, before=BEFORE, url=str(tmp_path), dry_run=False, delete=True)
    left = everything(writer)
    assert report.records == sum(map(len, before.values())) - sum(map(len, left.values())) > 0
    assert len(left[table]) == len(before[table]) - sum(
        part.deleted for part in report.partitions if table in part.path
    )
    assert len(left[table]) > 0, "what is not older stays"
    back = restore(writer, table=table, url=str(tmp_path))
    assert back.inserted == report.records
    assert everything(writer) == before
    assert restore(writer, table=table, url=str(tmp_path)).inserted == 0


def test_partitions_are_utc_years_of_a_timeframe_and_days_of_research(writer: Any, tmp_path: Path) -> None:
    bars = archive(writer, table="market_data.ohlcv", before=BEFORE, url=str(tmp_path), dry_run=False)
    assert {part.path: part.rows for part in bars.partitions} == {
        "market_data.ohlcv/timeframe=1d/year=2015/part.parquet": 3,
        "market_data.ohlcv/timeframe=1d/year=2016/part.parquet": 3,
        "market_data.ohlcv/timeframe=1h/year=2015/part.parquet": 4,
        "market_data.ohlcv/timeframe=1h/year=2016/part.parquet": 4,
    }
    paths = archive(writer, table="scenarios.paths", before=BEFORE, url=str(tmp_path), dry_run=False)
    assert [part.path.split("/")[1] for part in paths.partitions] == ["as_of=2016-06-29", "as_of=2016-06-30"]


def test_other_tools_read_the_tree_with_its_folders_as_columns(writer: Any, tmp_path: Path) -> None:
    archive(writer, table="market_data.ohlcv", before=BEFORE, url=str(tmp_path), dry_run=False)
    frame = pd.read_parquet(tmp_path / "market_data.ohlcv")
    assert frame.groupby(["timeframe", "year"], observed=True).size().to_dict() == {
        ("1d", 2015): 3, ("1d", 2016): 3, ("1h", 2015): 4, ("1h", 2016): 4,
    }  # fmt: skip
    assert set(frame.loc[frame["timeframe"] == "1h", "close"]) == {1e300}


def test_a_dry_run_changes_nothing_and_says_what_it_would_do(
    writer: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = everything(writer)
    with caplog.at_level(logging.INFO, logger="tetra.data.archive"):
        report = archive(writer, table="market_data.ohlcv", before=BEFORE, url=str(tmp_path), delete=True)
    assert everything(writer) == before
    assert list(tmp_path.iterdir()) == []
    assert report.records == 0
    assert [(part.rows, part.bytes > 100) for part in report.partitions] == [(3, True), (3, True), (4, True), (4, True)]
    assert (
        'would execute: delete from "market_data"."ohlcv" where "timeframe" = \'1h\' and "ts" >= '
        "'2016-01-01 00:00:00+00:00'::timestamptz and \"ts\" < '2016-07-01 00:00:00+00:00'::timestamptz"
    ) in caplog.text


def test_only_the_timeframe_that_is_asked_for_goes(writer: Any, tmp_path: Path) -> None:
    archive(
        writer, table="market_data.ohlcv", before=BEFORE, url=str(tmp_path),
        split_values=["1h"], dry_run=False, delete=True,
    )  # fmt: skip
    assert (bars_left(writer, "1d"), bars_left(writer, "1h")) == (6, 1)


def test_archiving_again_leaves_the_files_alone_and_deletes_nothing_unless_told(writer: Any, tmp_path: Path) -> None:
    before = everything(writer)
    first = archive(writer, table="market_data.ohlcv", before=BEFORE, url=str(tmp_path), dry_run=False)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    second = archive(writer, table="market_data.ohlcv", before=BEFORE, url=str(tmp_path), dry_run=False)
    assert (first.records, second.records) == (14, 0)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == written
    assert everything(writer) == before


def test_a_later_archiving_of_the_same_year_keeps_what_was_deleted_and_takes_the_revision(
    writer: Any, owner: psycopg.Connection[Any], tmp_path: Path
) -> None:
    options: dict[str, Any] = {"table": "market_data.ohlcv", "url": str(tmp_path), "dry_run": False, "delete": True}
    archive(writer, before=date(2015, 12, 31), **options)
    owner.execute(
        "insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source)"
        " values ('A', '1d', '2015-12-29 00:00+00', 99, 'raw', 'revised')"
    )
    archive(writer, before=date(2016, 1, 1), **options)
    frame = pd.read_parquet(tmp_path / "market_data.ohlcv" / "timeframe=1d" / "year=2015" / "part.parquet")
    assert [(str(ts.date()), close) for ts, close in zip(frame["ts"], frame["close"], strict=True)] == [
        ("2015-12-29", 99.0), ("2015-12-30", -36.98), ("2015-12-31", -36.98),
    ]  # fmt: skip


def test_a_storage_that_damages_the_file_costs_no_row(writer: Any) -> None:
    fsspec.register_implementation("lossy", LossyFileSystem, clobber=True)
    before = everything(writer)
    with pytest.raises(DataError, match=r"cannot be read|is not what was written"):
        archive(writer, table="market_data.ohlcv", before=BEFORE, url="lossy://archive", dry_run=False, delete=True)
    assert everything(writer) == before
    assert Archive("lossy://archive").files_of("market_data.ohlcv") == []


def test_a_row_revised_while_its_file_is_written_is_not_deleted(writer: Any, owner: psycopg.Connection[Any]) -> None:
    def revise() -> None:
        owner.execute("update market_data.ohlcv set close = 7 where symbol = 'A' and close = -36.98")

    fsspec.register_implementation("busy", BusyFileSystem, clobber=True)
    BusyFileSystem.meanwhile = revise
    options: dict[str, Any] = {"table": "market_data.ohlcv", "before": BEFORE, "url": "busy://archive"}
    with pytest.raises(psycopg.errors.SerializationFailure):
        archive(writer, dry_run=False, delete=True, **options)
    assert bars_left(writer, "1d") == 6
    before = everything(writer)
    BusyFileSystem.meanwhile = lambda: None
    archive(writer, dry_run=False, delete=True, **options)
    restore(writer, table="market_data.ohlcv", url="busy://archive")
    assert everything(writer) == before


def test_killed_while_deleting_and_run_again_loses_nothing(
    writer: Any, database: dict[str, str], owner: psycopg.Connection[Any], tmp_path: Path
) -> None:
    before = everything(writer)
    owner.execute(
        "create function quality.kill_me() returns trigger language plpgsql as"
        " 'begin perform pg_terminate_backend(pg_backend_pid()); return old; end'"
    )
    # the second partition's rows: the first one is archived and gone by then
    owner.execute(
        "create trigger kill_me before delete on market_data.ohlcv for each row when (old.ts = '2016-01-02 00:00+00')"
        " execute function quality.kill_me()"
    )
    options: dict[str, Any] = {"table": "market_data.ohlcv", "before": BEFORE, "url": str(tmp_path)}
    try:
        with pytest.raises(psycopg.OperationalError), psycopg.connect(database["writer"]) as doomed:
            archive(doomed, dry_run=False, delete=True, **options)
    finally:
        owner.execute("drop function quality.kill_me() cascade")
    assert bars_left(writer, "1d") == 3, "one partition is archived, the other still in the table"
    archive(writer, dry_run=False, delete=True, **options)
    assert bars_left(writer, "1d") == 0
    restore(writer, table="market_data.ohlcv", url=str(tmp_path))
    assert everything(writer) == before


def test_a_file_changed_in_the_archive_is_refused(writer: Any, tmp_path: Path) -> None:
    archive(writer, table="market_data.ohlcv", before=BEFORE, url=str(tmp_path), dry_run=False, delete=True)
    path = tmp_path / "market_data.ohlcv" / "timeframe=1d" / "year=2015" / "part.parquet"
    frame = pd.read_parquet(path)
    frame.assign(close=1.0).to_parquet(path)
    with pytest.raises(DataError, match="is not what was written to it; restore it from a copy"):
        restore(writer, table="market_data.ohlcv", url=str(tmp_path))
    back = restore(writer, table="market_data.ohlcv", url=str(tmp_path), folders=["timeframe=1h/year=2015"])
    assert back.inserted == 4


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"table": "market_data.ohlvc"}, DataError, "did you mean 'market_data.ohlcv'"),
        ({"table": "news.articles", "split_values": ["1h"]}, DataError, "news.articles is not split into 1h"),
        ({"url": "archive"}, SettingsError, "archive URL 'archive' is relative"),
        ({"url": "s3://key:secret@bucket/x"}, SettingsError, "holds credentials"),
        ({"url": "nonsense://x"}, SettingsError, "'nonsense://x' cannot be opened"),
    ],
)
def test_a_wrong_request_is_refused_with_the_remedy(
    writer: Any, tmp_path: Path, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    request: dict[str, Any] = {"table": "market_data.ohlcv", "before": BEFORE, "url": str(tmp_path)}
    with pytest.raises(error, match=message) as raised:
        archive(writer, **(request | changes))
    assert "secret" not in str(raised.value)


def test_restoring_what_was_never_archived_is_refused(writer: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the archive has no file of news\.articles; check the URL"):
        restore(writer, table="news.articles", url=str(tmp_path))
