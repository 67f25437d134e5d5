"""What holds for every DAG, and the exact set of them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PIPELINES = {"data_pipeline", "scenarios_pipeline", "metrics_pipeline", "assessment_pipeline", "storage_pipeline"}
PARSE_SECONDS_ALLOWED = 10.0  # five files take well below a second on an idle machine; ten catches a heavy import


def test_the_bag_holds_exactly_the_five_pipelines_without_import_errors(dag_bag: dict[str, Any]) -> None:
    assert dag_bag["import_errors"] == {}
    assert set(dag_bag["dags"]) == PIPELINES


def test_parsing_is_cheap_and_loads_nothing_heavy(dag_bag: dict[str, Any]) -> None:
    assert dag_bag["parse_seconds"] < PARSE_SECONDS_ALLOWED
    assert dag_bag["heavy_modules"] == []


@pytest.mark.parametrize("dag_id", sorted(PIPELINES))
def test_file_documentation_tags_and_limits(dag_bag: dict[str, Any], dag_id: str) -> None:
    dag = dag_bag["dags"][dag_id]
    assert Path(dag["fileloc"]).stem == dag_id
    assert "When it fails" in dag["doc"]
    assert "Re-run" in dag["doc"]
    assert dag["tags"]
    assert dag["catchup"] is False
    assert dag["max_active_runs"] == 1


@pytest.mark.parametrize("dag_id", sorted(PIPELINES))
def test_every_task_has_owner_retries_timeout_and_failure_report(dag_bag: dict[str, Any], dag_id: str) -> None:
    tasks = dag_bag["dags"][dag_id]["tasks"]
    assert tasks
    for task_id, task in tasks.items():
        assert task["owner"] == "tetra", task_id
        assert task["retries"] >= 1, task_id
        assert task["timeout"], task_id
        assert task["on_failure"], task_id


@pytest.mark.parametrize("dag_id", sorted(PIPELINES))
def test_every_param_is_typed_and_described(dag_bag: dict[str, Any], dag_id: str) -> None:
    params = dag_bag["dags"][dag_id]["params"]
    assert params
    for name, param in params.items():
        assert param["schema"].get("type"), name
        assert param["description"], name


def test_assets_join_the_pipelines_in_order(dag_bag: dict[str, Any]) -> None:
    dags = dag_bag["dags"]
    made = {
        dag_id: {name for task in dag["tasks"].values() for name in task["outlets"]} for dag_id, dag in dags.items()
    }
    assert made == {
        "data_pipeline": {"market_data"},
        "scenarios_pipeline": {"scenarios"},
        "metrics_pipeline": {"derived_metrics"},
        "assessment_pipeline": {"assessment"},
        "storage_pipeline": set(),
    }
    waits_for = {
        "scenarios_pipeline": "market_data",
        "metrics_pipeline": "scenarios",
        "assessment_pipeline": "derived_metrics",
    }
    for dag_id, asset in waits_for.items():
        assert dags[dag_id]["timetable"] == "PartitionedAssetTimetable"
        assert f"name='{asset}'" in dags[dag_id]["timetable_text"]
    assert dags["data_pipeline"]["timetable"] == "CronPartitionTimetable"


def test_every_gate_stands_before_the_asset_event(dag_bag: dict[str, Any]) -> None:
    for dag_id in ("data_pipeline", "scenarios_pipeline", "metrics_pipeline", "assessment_pipeline"):
        tasks = dag_bag["dags"][dag_id]["tasks"]
        gates = [name for name, task in tasks.items() if task["type"] == "ValidateOperator"]
        assert gates, dag_id
        for gate in gates:
            assert "publish" in tasks[gate]["downstream"], (dag_id, gate)


def test_no_ranking_is_built_before_the_luck_of_all_that_was_backtested_is_known(dag_bag: dict[str, Any]) -> None:
    tasks = dag_bag["dags"]["assessment_pipeline"]["tasks"]
    assert tasks["luck_statistics"]["type"] == "LuckStatisticsOperator"
    assert tasks["luck_statistics"]["downstream"] == ["build_rankings"]
    for before in ("run_block", "walk_forward"):
        assert tasks[before]["downstream"] == ["finish"]
    assert tasks["finish"]["downstream"] == ["luck_statistics"]


def test_what_deletes_is_a_dry_run_unless_told_otherwise(dag_bag: dict[str, Any]) -> None:
    storage = dag_bag["dags"]["storage_pipeline"]
    assert storage["params"]["dry_run"]["default"] is True
    assert storage["params"]["delete"]["default"] is False
    assert storage["params"]["tables"]["default"] == []
    assert storage["timetable"] == "NullTimetable"
    tasks = storage["tasks"]
    assert tasks["archive"]["downstream"] == ["apply_settings"], "retention must not delete what is to be archived"
    assert tasks["apply_settings"]["downstream"] == ["refresh_rollups"]


def test_the_storage_pipeline_offers_every_table_that_may_be_archived(dag_bag: dict[str, Any]) -> None:
    from tetra.data.archive_tables import ARCHIVABLE

    offered = dag_bag["dags"]["storage_pipeline"]["params"]["tables"]["schema"]["items"]["enum"]
    assert offered == list(ARCHIVABLE)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def _files(folder: str) -> list[Path]:
    files = sorted((CHECKOUT / folder).rglob("*.py"))
    assert files, folder
    return files


def test_the_domain_never_imports_airflow_or_the_suites() -> None:
    for path in _files("include/tetra"):
        assert not _imports(path) & {"airflow", "tetra_airflow", "tetra_expectations"}, path


def test_the_metrics_know_only_typing_and_errors() -> None:
    for path in _files("include/tetra/metrics"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tetra."):
                assert node.module is not None
                assert node.module.startswith(("tetra.typing", "tetra.errors", "tetra.metrics")), path


def test_no_dag_imports_another() -> None:
    for path in _files("dags"):
        assert not _imports(path) & PIPELINES, path


def test_no_module_is_named_so_that_dbt_takes_it_for_a_plugin() -> None:
    for folder in ("dags", "plugins", "include/tetra", "great_expectations"):
        for path in _files(folder):
            if path.parent.name in {"dags", "plugins", "great_expectations"}:
                assert not path.stem.startswith("dbt_"), path
    assert not (CHECKOUT / "great_expectations" / "__init__.py").exists()
