"""dbt's exposures name what the dashboards read, so that whoever changes a mart sees who would notice."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
MARTS = CHECKOUT / "dbt_project" / "models" / "marts"


def test_the_dashboards_exposure_names_exactly_the_marts_that_its_datasets_read() -> None:
    marts = {path.stem for path in MARTS.rglob("*.sql")}
    datasets = sorted((CHECKOUT / "include" / "superset" / "assets" / "datasets").rglob("*.yaml"))
    assert datasets
    queries = " ".join(str(yaml.safe_load(path.read_text(encoding="utf-8"))["sql"]) for path in datasets)
    read = set(re.findall(r"\b(?:assessment|derived)\.(\w+)", queries)) & marts
    assert read
    (exposure,) = yaml.safe_load((MARTS / "_exposures.yml").read_text(encoding="utf-8"))["exposures"]
    assert {name.removeprefix("ref('").removesuffix("')") for name in exposure["depends_on"]} == read
