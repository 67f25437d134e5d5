"""dbt's exposures name what the dashboards read, so that whoever changes a table sees who would notice."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
MARTS = CHECKOUT / "dbt_project" / "models" / "marts"
TABLE_READ = r"\b(?:from|join)\s+((?:assessment|backtest|derived|quality|scenarios|strategies)\.\w+)"


def _table(dependency: str) -> str:
    """Return schema and name of what ``ref('…')`` or ``source('…', '…')`` names."""
    names = re.findall(r"'(\w+)'", dependency)
    if dependency.startswith("source"):
        return ".".join(names)
    (model,) = MARTS.rglob(f"{names[0]}.sql")
    return f"{model.relative_to(MARTS).parts[0]}.{names[0]}"


def test_the_dashboards_exposure_names_exactly_the_tables_that_its_datasets_read() -> None:
    datasets = sorted((CHECKOUT / "include" / "superset" / "assets" / "datasets").rglob("*.yaml"))
    assert datasets
    queries = [str(yaml.safe_load(path.read_text(encoding="utf-8"))["sql"]) for path in datasets]
    read = [set(re.findall(TABLE_READ, query)) for query in queries]
    assert all(read)
    (exposure,) = yaml.safe_load((MARTS / "_exposures.yml").read_text(encoding="utf-8"))["exposures"]
    assert {_table(dependency) for dependency in exposure["depends_on"]} == set().union(*read)
