"""storage.yaml: refused where it is wrong, applied where the server can, and said where it cannot."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tetra.data import storage
from tetra.errors import SettingsError

VALID = {
    "compress_after_days": 400,
    "keep_days": {"market_data.ohlcv": None, "quality.rejected_records": 30, "quality.task_reports": None},
    "archive_url": None,
}


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))

    def write(**changes: Any) -> None:
        (tmp_path / "storage.yaml").write_text(yaml.safe_dump({**VALID, **changes}))

    return write


@pytest.fixture
def rejected(owner_connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """Ten rejected records, one to ten days old less an hour."""
    owner_connection.execute(
        "insert into quality.rejected_records (table_name, record_key, source, reason, record, rejected_at)"
        " select 'ST-x', age::text, 's', 'r', '{}', now() - make_interval(days => age, hours => -1)"
        " from generate_series(1, 10) as age"
    )
    owner_connection.commit()
    yield owner_connection
    owner_connection.rollback()
    owner_connection.execute("delete from quality.rejected_records where table_name = 'ST-x'")
    owner_connection.commit()


def _ages(connection: psycopg.Connection[Any]) -> list[int]:
    rows = connection.execute("select record_key from quality.rejected_records where table_name = 'ST-x'").fetchall()
    connection.commit()
    return sorted(int(row[0]) for row in rows)


def test_the_shipped_settings_delete_nothing_and_name_every_table() -> None:
    shipped = storage.load_settings()
    assert shipped.keep == dict.fromkeys(storage.TIME_COLUMNS)
    assert shipped.archive_url is None


def test_days_become_intervals_and_null_is_for_ever(configure: Any) -> None:
    configure(archive_url="s3://bucket/tetra")
    assert storage.load_settings() == storage.StorageSettings(
        timedelta(days=400),
        {
            "market_data.ohlcv": None,
            "quality.rejected_records": timedelta(days=30),
            "quality.task_reports": None,
        },
        "s3://bucket/tetra",
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"compress_after_days": 0}, "compress_after_days: 0 is no number of days; write a whole number from 1"),
        ({"compress_after_days": True}, "True is no number of days"),
        ({"compress_after_days": "1 year"}, "'1 year' is no number of days"),
        ({"keep_days": {**VALID["keep_days"], "market_data.ohlvc": 3}}, "did you mean 'market_data.ohlcv'"),
        ({"keep_days": {"market_data.ohlcv": 3}}, "key 'quality.rejected_records' is missing"),
        ({"keep_days": None}, "keep_days: expected a mapping"),
        ({"archive_url": ""}, "archive_url: '' is no folder or URL"),
        ({"compression": 3}, "unknown key 'compression'"),
    ],
)
def test_a_wrong_setting_is_named_with_the_remedy(configure: Any, changes: dict[str, Any], message: str) -> None:
    configure(**changes)
    with pytest.raises(SettingsError, match=message):
        storage.load_settings()


@pytest.mark.postgres
def test_plain_postgresql_says_what_it_did_not_do(owner_connection: psycopg.Connection[Any]) -> None:
    report = storage.apply(owner_connection, storage.load_settings(), dry_run=False)
    assert report.edition == "none"
    assert report.compression.startswith("not applied: the server's edition of TimescaleDB is 'none'")
    assert set(report.rollups.values()) == {"materialized view"}
    assert set(report.retention.values()) == {"kept for ever"}
    assert report.deleted == 0


@pytest.mark.postgres
def test_retention_counts_first_and_then_deletes_what_is_older(
    rejected: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture
) -> None:
    keep: dict[str, timedelta | None] = dict.fromkeys(storage.TIME_COLUMNS)
    settings = replace(storage.load_settings(), keep={**keep, "quality.rejected_records": timedelta(days=4)})
    with caplog.at_level(logging.INFO, logger="tetra.data.storage"):
        planned = storage.apply(rejected, settings, dry_run=True)
    assert planned.retention["quality.rejected_records"] == "dry run: 6 rows are older than 4 days"
    assert planned.deleted == 0
    assert "would execute: select timescale.apply_retention('quality.rejected_records'::regclass" in caplog.text
    assert _ages(rejected) == list(range(1, 11))
    done = storage.apply(rejected, settings, dry_run=False)
    assert done.retention["quality.rejected_records"] == "deleted 6 rows"
    assert done.deleted == 6
    assert _ages(rejected) == [1, 2, 3, 4]
