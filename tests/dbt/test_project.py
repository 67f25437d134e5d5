"""What holds for the project as a whole, read from dbt's own manifest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.dbt.assessment_results import FIRST, make_results, store
from tests.dbt.real_closes import add_instruments, land, sp500_closes

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def manifest(dbt: Any) -> dict[str, Any]:
    outcome = dbt("parse")  # without as_of
    assert outcome.returncode == 0, outcome.output
    assert "deprecat" not in outcome.output.lower()
    return json.loads((dbt.work / "target" / "manifest.json").read_text())


def _models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert len(models) > 20
    return models


def test_layers_cover_every_model_and_seed_exactly_once(manifest: dict[str, Any]) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] in {"model", "seed"}:
            assert len({"derived", "assessment"} & set(node["tags"])) == 1, node["name"]


def test_every_test_runs_with_one_of_the_layers(dbt: Any, manifest: dict[str, Any]) -> None:
    listed = {}
    for layer in ("derived", "assessment"):
        outcome = dbt("--quiet", "list", "--select", f"tag:{layer}", "--output", "name")
        assert outcome.returncode == 0, outcome.output
        listed[layer] = set(outcome.output.split())
    tests = {
        node["name"]
        for kind in ("nodes", "unit_tests")
        for node in manifest[kind].values()
        if node["resource_type"] in {"test", "unit_test"}
    }
    assert len(tests) > 80
    assert tests <= listed["derived"] | listed["assessment"]
    assert not tests & listed["derived"] & listed["assessment"]


def test_models_stand_in_their_schemas_and_only_staging_reads_sources(manifest: dict[str, Any]) -> None:
    for model in _models(manifest):
        folder, subject = model["path"].split("/")[:2]
        assert model["schema"] == (subject if folder == "marts" else folder)
        reads_source = any(parent.startswith("source.") for parent in model["depends_on"]["nodes"])
        assert reads_source == (folder == "staging"), model["name"]
        assert (folder == "staging") == model["name"].startswith("stg_")
        assert (folder == "intermediate") == model["name"].startswith("int_")


def test_every_model_opens_with_its_grain_and_every_mart_column_is_described(
    manifest: dict[str, Any],
) -> None:
    for model in _models(manifest):
        assert model["description"].startswith("One row per"), model["name"]
        if model["path"].startswith("marts"):
            assert model["config"]["contract"]["enforced"]
            for column in model["columns"].values():
                assert len(column["description"]) > 10, (model["name"], column["name"])
                assert column["data_type"]


def test_every_model_has_a_tested_key(manifest: dict[str, Any]) -> None:
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") in {"unique", "unique_combination_of_columns"}
    }
    assert {model["unique_id"] for model in _models(manifest)} <= tested


def test_rankings_survive_a_full_refresh(manifest: dict[str, Any]) -> None:
    for model in _models(manifest):
        if model["path"].startswith("marts/assessment"):
            assert model["config"]["full_refresh"] is False


@pytest.mark.parametrize(
    ("variables", "message"),
    [({}, "as_of is not set"), ({"as_of": "yesterday"}, "as_of is 'yesterday', not a date")],
)
def test_a_run_without_a_date_stops_and_says_what_to_give(dbt: Any, variables: dict[str, str], message: str) -> None:
    outcome = dbt("run", "--select", "strategy_rankings", **variables)
    assert outcome.returncode != 0
    assert message in outcome.output
    assert '--vars \'{"as_of": "2022-12-28"}\'' in outcome.output


def test_documentation_builds_without_a_date(dbt: Any) -> None:
    outcome = dbt("docs", "generate")
    assert outcome.returncode == 0, outcome.output
    assert (dbt.work / "target" / "catalog.json").exists()


def test_everything_builds_with_one_command(dbt: Any) -> None:
    closes = sp500_closes(("AAPL", "JPM")).loc["2020-12-01":FIRST]
    with dbt.connect() as connection:
        add_instruments(connection, dict.fromkeys(closes, "stock"))
        for symbol in closes:
            land(connection, symbol, closes[symbol])
        store(connection, FIRST, make_results(seed=7))
    outcome = dbt("build", as_of=FIRST)
    assert outcome.returncode == 0, outcome.output
    assert {"daily_returns", "strategy_rankings"} <= set(outcome.statuses)
    assert outcome.not_passed() == {"strategy_rankings_dashboard": "no-op"}  # an exposure is nothing to build
