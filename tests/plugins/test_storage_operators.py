"""The steps of storage_pipeline on a real warehouse: what their Params do, and that they need no session."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from tetra_airflow.operators.apply_storage_settings import ApplyStorageSettingsOperator
from tetra_airflow.operators.archive import ArchiveOperator
from tetra_airflow.operators.refresh_rollups import RefreshRollupsOperator

pytestmark = pytest.mark.postgres

DEFAULTS = {"tables": [], "timeframes": [], "before": None, "archive_url": None, "delete": False, "dry_run": True}


@pytest.fixture(autouse=True)
def _connections(warehouse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", warehouse.url("writer"))
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_OWNER", warehouse.url("owner"))


def _context(task_id: str, **params: Any) -> Any:
    instance = SimpleNamespace(dag_id="storage_pipeline", run_id="storage-test", task_id=task_id, map_index=-1)
    return {"ti": instance, "params": DEFAULTS | params, "dag_run": SimpleNamespace(partition_key=None)}


def _report(warehouse: Any, task_id: str) -> Any:
    with psycopg.connect(warehouse.url("reader")) as connection:
        row = connection.execute(
            "select report from quality.task_reports where run_id = 'storage-test' and task_id = %s", [task_id]
        ).fetchone()
    return row[0] if row else None


def test_rollups_and_settings_are_brought_in_step_in_a_run_for_no_session(warehouse: Any) -> None:
    settings = ApplyStorageSettingsOperator(task_id="apply_settings").execute(_context("apply_settings"))
    assert settings["edition"] == "none"
    assert _report(warehouse, "apply_settings") == settings
    RefreshRollupsOperator(task_id="refresh_rollups").execute(_context("refresh_rollups"))
    again = RefreshRollupsOperator(task_id="refresh_rollups").execute(_context("refresh_rollups"))
    assert again["refreshed"] == []


def test_a_run_that_names_no_table_archives_nothing_and_says_so(warehouse: Any) -> None:
    with pytest.raises(AirflowSkipException, match="the Param tables is empty"):
        ArchiveOperator(task_id="archive").execute(_context("archive"))
    assert "the Param tables is empty" in _report(warehouse, "archive")["skipped"]


def test_params_reach_the_archive_and_the_default_is_a_dry_run(tmp_path: Path) -> None:
    chosen = {"tables": ["market_data.ohlcv", "news.articles"], "timeframes": ["1h"], "before": "1970-01-01"}
    report = ArchiveOperator(task_id="archive").execute(_context("archive", archive_url=str(tmp_path), **chosen))
    assert [table["table"] for table in report["tables"]] == chosen["tables"]
    assert {table["dry_run"] for table in report["tables"]} == {True}
    assert {table["before"] for table in report["tables"]} == {"1970-01-01"}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"archive_url": "/x"}, "give the Param before"),
        ({"before": "1970-01-01"}, "give the Param archive_url, or set it in storage.yaml"),
        ({"before": "1970-01-01", "archive_url": "here"}, "SettingsError: archive URL 'here' is relative"),
    ],
)
def test_what_is_missing_is_named(params: dict[str, Any], message: str) -> None:
    with pytest.raises(AirflowFailException, match=message):
        ArchiveOperator(task_id="archive").execute(_context("archive", tables=["market_data.ohlcv"], **params))
