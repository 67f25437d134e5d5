"""What a gate checks of what its run has landed, and what it records."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowSkipException

from tetra.errors import GateFailed
from tetra_airflow.operators.validate import ValidateOperator

AS_OF = date(2015, 6, 5)
SUITES = ["market_data.ohlcv", "market_data.corporate_actions"]


def gate(landed_by: str | None = "ingest") -> ValidateOperator:
    return ValidateOperator(task_id="gate", suites=SUITES, landed_by=landed_by, always=SUITES[:1])


def context(**landed: int) -> Any:
    tables = [
        {"table": f"market_data.{name}", "inserted": 0, "updated": 0, "unchanged": rows}
        for name, rows in landed.items()
    ]
    report = {"start_date": "2015-06-03", "end_date": "2015-06-05", "tables": tables, "symbols": None}
    return {"ti": SimpleNamespace(xcom_pull=lambda task_ids: {"ingest": report}[task_ids])}


def test_the_days_are_those_that_were_read() -> None:
    assert gate()._wanted(AS_OF, context(ohlcv=3, corporate_actions=1)) == (date(2015, 6, 3), AS_OF, SUITES, None)


def test_a_run_for_some_symbols_is_judged_by_those() -> None:
    narrowed = context(ohlcv=3)
    report = narrowed["ti"].xcom_pull("ingest") | {"symbols": ["AAPL"]}
    assert gate()._wanted(AS_OF, {"ti": SimpleNamespace(xcom_pull=lambda task_ids: report)})[3] == ("AAPL",)


def test_a_table_that_got_nothing_is_passed_over() -> None:
    assert gate()._wanted(AS_OF, context(ohlcv=3, corporate_actions=0))[2] == ["market_data.ohlcv"]


def test_bars_that_were_asked_for_and_did_not_come_are_judged_and_so_fail() -> None:
    assert gate()._wanted(AS_OF, context(ohlcv=0))[2] == ["market_data.ohlcv"]


def test_a_run_that_asked_for_nothing_of_the_subject_skips() -> None:
    with pytest.raises(AirflowSkipException, match=r"nothing of market_data\.ohlcv, market_data\.corporate_actions"):
        gate()._wanted(AS_OF, context(releases=5))


def test_without_an_ingest_task_the_as_of_date_is_judged() -> None:
    assert gate(landed_by=None)._wanted(AS_OF, {}) == (AS_OF, AS_OF, SUITES, None)


@pytest.mark.postgres
def test_what_not_everybody_has_is_passed_over_where_there_is_none_of_it_and_nothing_else_is(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TETRA_STATE_DIR", str(tmp_path))
    long_ago = date(1961, 1, 3)
    optional = ValidateOperator(task_id="gate", suites=["news.articles"], if_any=["news.articles"])
    assert optional.run_step(connection, long_ago, {"run_id": "test"})[1]["suites"] == {}
    needed = ValidateOperator(task_id="gate", suites=["news.articles"])
    with pytest.raises(GateFailed, match=r"news\.articles failed for 1961-01-03"):
        needed.run_step(connection, long_ago, {"run_id": "test"})
