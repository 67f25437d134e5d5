"""The step of scenarios_pipeline on a real warehouse: what its Params do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from tests.tetra.scenarios.landed_market import AS_OF, landed_market, write_catalogue

from tetra_airflow.operators.generate_scenarios import GenerateScenariosOperator

pytestmark = pytest.mark.postgres


@pytest.fixture
def landed(warehouse: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    write_catalogue(tmp_path)
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", warehouse.url("writer"))
    with psycopg.connect(warehouse.url("writer")) as connection, landed_market(connection):
        yield connection


def execute(**params: Any) -> dict[str, Any]:
    instance = SimpleNamespace(dag_id="scenarios_pipeline", run_id="scenarios-test", task_id="generate", map_index=-1)
    run = SimpleNamespace(partition_key=AS_OF.isoformat())
    context: Any = {"ti": instance, "params": {"as_of": AS_OF.isoformat()} | params, "dag_run": run}
    return GenerateScenariosOperator(task_id="generate").execute(context)


def names(connection: Any) -> set[str]:
    with connection.transaction():
        found = connection.execute("select scenario_name from scenarios.definitions where as_of = %s", [AS_OF])
        return {row[0] for row in found}


def test_params_choose_what_is_made_and_saved_and_the_report_says_so(landed: Any, tmp_path: Path) -> None:
    report = execute(
        scenario_types=["stochastic"], num_scenarios=1, seed=3, workers=1, fields="close",
        export_url=str(tmp_path / "out"), save_timeseries=True, keep_as_ofs=5,
    )  # fmt: skip
    assert names(landed) == {"Bootstrap 001", "Monte Carlo 001"}
    assert report["generated"] == 2
    assert report["saved"]["scenarios"] == 2
    assert (tmp_path / "out" / "scenario_timeseries.parquet").is_file()
    assert report["archived"] == {"as_ofs": [], "scenarios": 0, "paths": 0}
    json.dumps(report, allow_nan=False)


def test_a_dry_run_skips_and_writes_nothing(landed: Any) -> None:
    with pytest.raises(AirflowSkipException, match="dry run: nothing was made"):
        execute(scenario_types=["historical"], dry_run=True)
    assert names(landed) == set()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"scenario_types": ["stres"]}, "unknown scenario type 'stres'; did you mean 'stress'"),
        ({"severity": "mild"}, "unknown severity 'mild'"),
        ({"export_url": "nowhere://x"}, "'nowhere://x' cannot be opened"),
    ],
)
def test_a_wrong_param_fails_at_once_and_makes_nothing(landed: Any, params: dict[str, Any], message: str) -> None:
    with pytest.raises(AirflowFailException, match=message):
        execute(**params)
    assert names(landed) == set()
