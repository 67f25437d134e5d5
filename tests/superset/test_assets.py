"""The dashboards as files: what Superset's importer and its charts would only find out when somebody looks."""

from __future__ import annotations

import re
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
SUPERSET = CHECKOUT / "include" / "superset"
ASSETS = SUPERSET / "assets"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "superset.tetra")

sys.path.insert(0, str(SUPERSET))  # scripts of another environment: no package, and outside tetra's import rules

from asset_tree import AssetError, dangling_references, load_assets, warehouse_uri  # noqa: E402
from verify_charts import QUERIES, build_query  # noqa: E402

TREES: dict[str, dict[str, Any]] = {
    path.relative_to(ASSETS).as_posix(): yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted(ASSETS.rglob("*.yaml"))
}
DASHBOARD = TREES["dashboards/strategy_rankings.yaml"]


def in_folder(folder: str) -> dict[str, dict[str, Any]]:
    return {name: tree for name, tree in TREES.items() if name.startswith(f"{folder}/")}


DATASETS, CHARTS = in_folder("datasets"), in_folder("charts")
BY_UUID = {tree["uuid"]: tree for tree in TREES.values() if "uuid" in tree}


# --- what the warehouse has: dbt's contracts and the migrations -----------------------------------------------------
def contract_columns() -> dict[str, set[str]]:
    tables: dict[str, set[str]] = {}
    marts = CHECKOUT / "dbt_project" / "models" / "marts"
    for path in marts.rglob("*__models.yml"):
        schema = path.relative_to(marts).parts[0]
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            tables[f"{schema}.{model['name']}"] = {column["name"] for column in model["columns"]}
    return tables


def migrated_columns() -> dict[str, set[str]]:
    tables: dict[str, set[str]] = {}
    for path in sorted((CHECKOUT / "include" / "migrations" / "sql").glob("*.up.sql")):
        text = path.read_text(encoding="utf-8")
        for table, body in re.findall(r"^create table (\S+) \((.*?)^\);", text, re.MULTILINE | re.DOTALL):
            names = re.findall(r"^ {4}(\w+) ", body, re.MULTILINE)
            tables[table] = {name for name in names if name not in {"constraint", "references", "check"}}
        for table, column in re.findall(
            r"^alter table (\S+)\s+add column (?:if not exists )?(\w+)", text, re.MULTILINE
        ):
            tables[table].add(column)
    return tables


TABLES = migrated_columns() | contract_columns()


def tables_of(sql: str) -> set[str]:
    return set(re.findall(r"\b(?:from|join) (\w+\.\w+)", sql))


def selected(sql: str) -> dict[str, str]:
    """Return name → expression of the outermost select list, which is written one column a line."""
    items = re.search(r"\Aselect\n(.*?)\nfrom ", sql, re.DOTALL)
    assert items, "a dataset starts with `select`, one column a line, then `from`"
    columns: dict[str, str] = {}
    for line in items.group(1).splitlines():
        expression, _, alias = line.strip().rstrip(",").partition(" as ")
        columns[alias or expression.rpartition(".")[2]] = expression
    return columns


def test_there_is_a_dashboard_with_charts_on_datasets():
    assert DASHBOARD["slug"] == "strategy-rankings"
    assert len(CHARTS) >= 10
    assert len(DATASETS) >= 5


def test_the_warehouse_is_known_from_contracts_and_migrations():
    assert "overall_rank" in TABLES["assessment.strategy_rankings"]
    assert "error_message" in TABLES["assessment.pipeline_runs"]


@pytest.mark.parametrize("name", DATASETS)
def test_every_table_a_dataset_reads_is_made_by_dbt_or_a_migration(name: str):
    tables = tables_of(DATASETS[name]["sql"])
    assert tables
    assert tables <= set(TABLES)


@pytest.mark.parametrize("name", DATASETS)
def test_every_column_a_dataset_selects_exists_in_a_table_it_reads(name: str):
    sql = DATASETS[name]["sql"]
    held = set().union(*(TABLES[table] for table in tables_of(sql)))
    by_short_name = {table.partition(".")[2]: TABLES[table] for table in tables_of(sql)}
    for expression in selected(sql).values():
        qualified = re.fullmatch(r"(\w+)\.(\w+)", expression)
        if qualified and qualified[1] in by_short_name:
            assert qualified[2] in by_short_name[qualified[1]]
        elif re.fullmatch(r"\w+", expression):
            assert expression in held


@pytest.mark.parametrize("name", DATASETS)
def test_the_columns_a_dataset_declares_are_those_it_selects(name: str):
    declared = [column["column_name"] for column in DATASETS[name]["columns"]]
    assert declared == list(selected(DATASETS[name]["sql"]))


@pytest.mark.parametrize("name", DATASETS)
def test_metrics_only_count_sum_or_take_the_latest(name: str):
    declared = {column["column_name"] for column in DATASETS[name]["columns"]}
    for metric in DATASETS[name]["metrics"]:
        match = re.fullmatch(r"COUNT\(\*\)|(?:SUM|MAX)\((\w+)\)", metric["expression"])
        assert match, f"{metric['expression']}: pipelines compute, Superset only displays"
        assert match[1] is None or match[1] in declared
        assert metric["metric_name"] not in declared


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_uses_columns_and_metrics_that_its_dataset_has(name: str):
    chart = CHARTS[name]
    dataset = BY_UUID[chart["dataset_uuid"]]
    columns = {column["column_name"] for column in dataset["columns"]}
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    query = build_query(chart["params"])
    for column in query["columns"]:
        assert (column["sqlExpression"] if isinstance(column, dict) else column) in columns
    assert set(query.get("metrics", [])) <= metrics
    assert {column for column, _ in query.get("orderby", [])} <= columns
    assert set(chart["params"].get("column_config", {})) <= columns


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_writes_out_what_an_import_would_otherwise_leave_as_it_was(name: str):
    chart = CHARTS[name]
    assert {"cache_timeout", "certified_by", "certification_details", "external_url"} <= set(chart)
    assert chart["query_context"] is None
    assert chart["params"]["row_limit"] > 0
    assert chart["params"]["viz_type"] == chart["viz_type"]
    assert chart["viz_type"] in QUERIES
    assert chart["description"]


def test_the_dashboard_shows_every_chart_once():
    shown = [part for part in DASHBOARD["position"].values() if isinstance(part, dict) and part["type"] == "CHART"]
    assert sorted(part["meta"]["uuid"] for part in shown) == sorted(chart["uuid"] for chart in CHARTS.values())
    assert len({part["meta"]["chartId"] for part in shown}) == len(shown)
    for part in shown:
        assert part["meta"]["sliceName"] == BY_UUID[part["meta"]["uuid"]]["slice_name"]


def test_every_part_of_the_layout_hangs_on_the_root():
    parts = {key: part for key, part in DASHBOARD["position"].items() if isinstance(part, dict)}
    for key, part in parts.items():
        assert part["id"] == key
        for child in part.get("children", []):
            assert parts[child]["parents"] == [*part.get("parents", []), key]
    rows = [part for part in parts.values() if part["type"] == "ROW"]
    assert all(sum(parts[child]["meta"]["width"] for child in row["children"]) == 12 for row in rows)


def test_filters_aim_at_columns_of_their_dataset_and_excuse_charts_of_the_dashboard():
    ids = {
        part["meta"]["chartId"]
        for part in DASHBOARD["position"].values()
        if isinstance(part, dict) and part["type"] == "CHART"
    }
    filters = DASHBOARD["metadata"]["native_filter_configuration"]
    assert {each["name"] for each in filters} >= {"Strategy category", "Scenario family"}
    for each in filters:
        assert set(each["scope"]["excluded"]) < ids
        # without it the browser shows the first item as chosen and draws all of them
        assert each["requiredFirst"] == each["controlValues"]["defaultToFirstItem"]
        for target in each["targets"]:
            dataset = BY_UUID[target["datasetUuid"]]
            assert target["column"]["name"] in {column["column_name"] for column in dataset["columns"]}


def test_a_filter_reaches_only_charts_whose_dataset_has_its_column():
    parts = [part for part in DASHBOARD["position"].values() if isinstance(part, dict) and part["type"] == "CHART"]
    for each in DASHBOARD["metadata"]["native_filter_configuration"]:
        column = each["targets"][0]["column"]["name"]
        for part in parts:
            if part["meta"]["chartId"] not in each["scope"]["excluded"]:
                dataset = BY_UUID[BY_UUID[part["meta"]["uuid"]]["dataset_uuid"]]
                assert column in {known["column_name"] for known in dataset["columns"]}


def test_nothing_refers_to_what_is_not_there():
    assert list(dangling_references(TREES)) == []


def test_uuids_follow_from_file_names_so_that_a_new_clone_updates_the_same_objects():
    for name, tree in TREES.items():
        if name != "metadata.yaml":
            assert tree["uuid"] == str(uuid.uuid5(NAMESPACE, name.removesuffix(".yaml"))), name
            assert tree["is_managed_externally"] is True


def test_git_holds_no_password_host_or_port():
    database = TREES["databases/tetra.yaml"]
    assert database["sqlalchemy_uri"] == "{{ warehouse }}"
    assert not any(database[f"allow_{way}"] for way in ("dml", "ctas", "cvas", "file_upload"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in ASSETS.rglob("*.yaml"))
    assert not re.search(r"://|localhost|127\.0\.0\.1", text)
    assert "password" not in yaml.safe_dump(TREES)  # of the comments, one says where it comes from


# --- the code that reads them ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "uri"),
    [
        (
            "postgresql://tetra_reader:se%40cret@db.example:5433/tetra",
            "postgresql+psycopg2://tetra_reader@db.example:5433/tetra",
        ),
        ("postgres://tetra_reader@db.example/tetra", "postgresql+psycopg2://tetra_reader@db.example/tetra"),
        (
            "postgresql://tetra_reader:x@[::1]:5433/tetra?sslmode=require",
            "postgresql+psycopg2://tetra_reader@[::1]:5433/tetra?sslmode=require",
        ),
    ],
)
def test_the_warehouse_address_loses_its_password_and_nothing_else(url: str, uri: str):
    assert warehouse_uri(url) == uri


def test_an_address_that_is_no_postgresql_url_is_refused_without_repeating_it():
    with pytest.raises(AssetError, match="TETRA_READER_URL must read") as caught:
        warehouse_uri("mysql://tetra_reader:se-cret@db.example/tetra")
    assert "se-cret" not in str(caught.value)


def test_loading_puts_the_address_in():
    loaded = load_assets(ASSETS, uri="postgresql+psycopg2://tetra_reader@db.example:1/tetra")
    database = yaml.safe_load(loaded["databases/tetra.yaml"])
    assert database["sqlalchemy_uri"] == "postgresql+psycopg2://tetra_reader@db.example:1/tetra"
    assert yaml.safe_load(loaded["charts/strategy_rankings.yaml"]) == TREES["charts/strategy_rankings.yaml"]


def test_a_chart_on_a_dataset_that_is_gone_is_refused_with_the_name_of_the_file(tmp_path: Path):
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "orphan.yaml").write_text("uuid: a\ndataset_uuid: gone\n", encoding="utf-8")
    with pytest.raises(AssetError, match=r"charts/orphan\.yaml refers to gone"):
        load_assets(tmp_path, uri="")


def test_a_dashboard_with_a_chart_that_is_gone_is_noticed():
    without = {name: tree for name, tree in TREES.items() if name != "charts/as_of.yaml"}
    missing = TREES["charts/as_of.yaml"]["uuid"]
    assert list(dangling_references(without)) == [("dashboards/strategy_rankings.yaml", missing)]


def test_a_broken_file_is_refused_with_its_name(tmp_path: Path):
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "broken.yaml").write_text("uuid: [", encoding="utf-8")
    with pytest.raises(AssetError, match=r"broken\.yaml is not valid YAML"):
        load_assets(tmp_path, uri="")
