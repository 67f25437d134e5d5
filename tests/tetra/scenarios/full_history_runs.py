"""What tests on a stored full history share: a plan for it, its configuration, what is stored, and a task's context."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from tests.tetra.backtest.assessed import fetch
from tests.tetra.scenarios.landed_market import AS_OF, write_catalogue

SMA = "tetra.strategies.sma_cross.SmaCross"
PLAN = "{grid: {fast: [2, 5], slow: [10, 20]}, train_size: 120, test_size: 60, purged_size: 1}"
PEEKING = """\
from dataclasses import dataclass
import numpy as np
from tetra.strategies.sma_cross import SmaCross


@dataclass(frozen=True)
class Peeking(SmaCross):
    def target_weights(self, prices):
        return np.where(np.roll(prices.close, -1, axis=1) > prices.close, 1.0, 0.0)
"""
"""Source of a strategy that looks a day ahead; each test gives its module a name of its own."""


def configure(folder: Path, *entries: str) -> None:
    """Write the entries of ``strategies.yaml``."""
    (folder / "strategies.yaml").write_text(f"strategies: {{{', '.join(entries)}}}", encoding="utf-8")


def prepare(folder: Path, patch: pytest.MonkeyPatch, warehouse: Any) -> None:
    """Write the catalogue and costs into a folder, and make it the configuration of what runs on the warehouse."""
    write_catalogue(folder)
    (folder / "risk.yaml").write_text("costs: {commission_bps: 5.0, half_spread_bps: 5.0}", encoding="utf-8")
    patch.setenv("TETRA_CONFIG_DIR", str(folder))
    patch.setenv("TETRA_STATE_DIR", str(folder / "state"))
    patch.setenv("TETRA_WRITER_URL", warehouse.url("writer"))
    patch.setenv("AIRFLOW_CONN_WAREHOUSE", warehouse.url("writer"))


def stored(connection: Any, tables: Iterable[str]) -> dict[str, list[Any]]:
    """Return all rows of the as-of date, by table of ``backtest``."""
    query = "select stored::text from backtest.{} as stored where as_of = %s order by 1"
    return {table: fetch(connection, query.format(table), AS_OF) for table in tables}


def dying_after(write: Callable[..., int], warehouse: Any) -> Callable[..., int]:
    """Return a function that writes, whereupon the server ends its connection."""

    def dies(connection: Any, *arguments: Any, **key: Any) -> int:
        write(connection, *arguments, **key)
        with psycopg.connect(warehouse.server.url) as administrator:
            administrator.execute("select pg_terminate_backend(%s)", (connection.info.backend_pid,))
        connection.execute("select 1")
        raise AssertionError("the connection is gone")

    return dies


def task_context(task_id: str) -> Any:
    """Return what an operator of the assessment pipeline is given to execute."""
    instance = SimpleNamespace(dag_id="assessment_pipeline", run_id=f"{task_id}-test", task_id=task_id, map_index=-1)
    return {"ti": instance, "params": {}, "dag_run": SimpleNamespace(partition_key=AS_OF.isoformat())}
