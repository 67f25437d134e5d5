"""The runner's files: Data Docs with the newest result of each slice, whatever happened to the run before."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from tests.expectations.good_slices import observations

from tetra_expectations import project as gx_project
from tetra_expectations.runner import ValidationOutcome, validate

SUITE = "economic_data.releases"


def judge(frame: pd.DataFrame, project: Path, slice_key: str = "2015-06-01") -> ValidationOutcome:
    return validate(frame, suite=SUITE, slice_key=slice_key, as_of=date(2015, 6, 1), run_id="test", project_dir=project)


def pages(project: Path) -> list[str]:
    folder = project / "docs" / "data_quality" / "validations"
    return sorted(str(path.relative_to(folder).parent.parent) for path in folder.rglob("*.html"))


def test_data_docs_show_the_newest_result_of_each_slice(tmp_path: Path):
    judge(observations(), tmp_path)
    judge(observations().iloc[:0], tmp_path)
    judge(observations(), tmp_path, "2015-06-01..2015-06-05")
    assert pages(tmp_path) == [
        "economic_data/releases/slice_2015-06-01",
        "economic_data/releases/slice_2015-06-01..2015-06-05",
    ]
    index = (tmp_path / "docs" / "data_quality" / "index.html").read_text(encoding="utf-8")
    assert "slice_2015-06-01..2015-06-05" in index
    assert "market_data.ohlcv" in index  # suites without a result are shown too


def test_a_row_for_the_database_is_json_safe(tmp_path: Path):
    lacking = observations()
    lacking.loc[0, "value"] = None
    outcome = judge(lacking, tmp_path)
    row = outcome.as_row()
    assert (row["suite_name"], row["slice_key"], row["status"]) == (SUITE, "2015-06-01", "FAIL")
    (failure,) = row["failed_expectations"]
    assert set(failure) == {"expectation", "column", "severity", "observed", "notes"}
    assert "observed 1 of 3 rows, such as AAA 2015-04-01" in outcome.summary()


def test_a_run_killed_while_writing_does_not_trip_the_next(tmp_path: Path):
    judge(observations(), tmp_path)
    root = tmp_path / "great_expectations"
    for path in [root / "great_expectations.yml", *root.rglob("*.json")]:
        path.write_text('{"half')
    assert judge(observations(), tmp_path, "2015-06-02").status == "PASS"
    assert pages(tmp_path)[-1].endswith("slice_2015-06-02")


def test_runs_at_once_wait_for_each_other(tmp_path: Path):
    outcomes: list[ValidationOutcome] = []
    keys = [f"2015-06-{day:02}" for day in range(1, 5)]
    threads = [
        threading.Thread(target=lambda key=key: outcomes.append(judge(observations(), tmp_path, key))) for key in keys
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.status for outcome in outcomes] == ["PASS"] * 4
    assert len(pages(tmp_path)) == 4


def test_the_oldest_results_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gx_project, "RESULTS_KEPT", 2)
    for day in range(1, 5):
        judge(observations(), tmp_path, f"2015-06-{day:02}")
    assert [page[-10:] for page in pages(tmp_path)] == ["2015-06-03", "2015-06-04"]


def test_nothing_is_written_outside_the_project(tmp_path: Path):
    judge(observations(), tmp_path / "state")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == ["docs", "great_expectations"]
