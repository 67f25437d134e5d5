"""``make bench`` prints one JSON line per row, runs the areas asked for, and says why a row has no value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("run_benchmarks.py")
CHECKOUT = Path(__file__).resolve().parents[2]


PEERS = CHECKOUT / ".tetra" / "environments" / "peers"
RATIOS = (
    "vs_vectorbt",
    "vs_raptorbt",
    "numpy_strategy_vs_vectorbt",
    "all_metrics_vs_vectorbt",
    "vs_vectorbt_documented",
    "vs_vectorbt_processes",
    "vs_raptorbt_processes",
)


def run(*arguments: str, market_data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT / "include"), "TETRA_BENCH_DATA": str(market_data)}
    environment |= settings
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def rows(output: str) -> list[dict]:
    return [json.loads(line) for line in output.splitlines()]


def test_without_market_data_its_rows_are_null_with_the_reason(tmp_path: Path):
    result = run("--only", "data", market_data=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    printed = rows(result.stdout)
    assert [row["name"] for row in printed] == [
        "data.files504_s",
        "data.files504_again_s",
        "data.rows_per_s",
        "data.peak_gib",
    ]
    for row in printed:
        assert list(row) == ["name", "value", "unit", "against", "reason"]
        assert row["value"] is None
        assert f"0 files in {tmp_path}/equities_daily_adjusted, 504 wanted; set TETRA_BENCH_DATA" in row["reason"]


@pytest.mark.postgres
def test_a_measured_row_has_a_value_and_what_it_is_held_against(tmp_path: Path):
    result = run("--only", "load", market_data=tmp_path)
    (row,) = rows(result.stdout)
    assert list(row) == ["name", "value", "unit", "against"]
    assert row == {"name": "load.rows_per_s", "value": row["value"], "unit": "rows/s", "against": "at least 200,000"}
    assert row["value"] > 0


def test_an_unknown_area_names_the_nearest_and_measures_nothing(tmp_path: Path):
    result = run("--only", "load,dta", market_data=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "unknown area 'dta'; did you mean 'data'? (make bench ONLY=...)\n"


def test_without_market_data_the_assessment_has_no_numbers(tmp_path: Path):
    result = run("--only", "assessment", market_data=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    printed = rows(result.stdout)
    assert [row["name"] for row in printed[:3]] == ["assessment.compute_s", "assessment.wall_s", "assessment.peak_gib"]
    for row in printed:
        assert row["value"] is None
        assert f"0 files in {tmp_path}/equities_daily_adjusted, 153 wanted; set TETRA_BENCH_DATA" in row["reason"]


def test_without_market_data_of_luck_only_what_needs_no_prices_is_measured(tmp_path: Path):
    result = run("--only", "luck", market_data=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    overfitting, *others = rows(result.stdout)
    assert overfitting["name"] == "luck.pbo_s"
    assert overfitting["value"] > 0
    calibrated = ["noise_false_skill_share", "oracle_60_found_share", "oracle_55_found_share"]
    assert [row["name"] for row in others[:1]] == ["luck.wall_s"]
    assert [row["name"] for row in others[3:]] == [f"luck.{name}" for name in calibrated]
    for row in others:
        assert row["value"] is None
        assert f"0 files in {tmp_path}/equities_daily_adjusted, 153 wanted; set TETRA_BENCH_DATA" in row["reason"]


def test_without_market_data_dbt_has_no_numbers(tmp_path: Path):
    result = run("--only", "dbt", market_data=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    printed = rows(result.stdout)
    assert [row["name"] for row in printed[:2]] == ["dbt.full_s", "dbt.day_s"]
    for row in printed:
        assert row["value"] is None
        assert f"0 files in {tmp_path}/equities_daily_adjusted, 153 wanted; set TETRA_BENCH_DATA" in row["reason"]


def test_without_peers_the_engine_has_no_ratios_and_says_why(tmp_path: Path):
    result = run("--only", "engine", market_data=tmp_path, TETRA_BENCH_PEERS=str(tmp_path / "none"))
    assert (result.returncode, result.stderr) == (0, "")
    printed = rows(result.stdout)
    assert [row["name"] for row in printed] == [f"engine.{name}_{bars}" for bars in (252, 2520) for name in RATIOS]
    for row in printed:
        assert row["value"] is None
        assert row["reason"].startswith(f"no environment of the peers at {tmp_path}/none; unset TETRA_BENCH_PEERS")


@pytest.mark.skipif(
    not PEERS.is_dir(), reason=f"the peers are not installed at {PEERS}; make bench ONLY=engine does it"
)
def test_the_engine_gives_what_the_peers_give_and_is_compared_with_each(tmp_path: Path):
    settings = {"TETRA_BENCH_PEERS": str(PEERS), "TETRA_BENCH_SERIES": "50", "TETRA_BENCH_ROUNDS": "1"}
    result = run("--only", "engine", market_data=tmp_path, **settings)
    assert (result.returncode, result.stderr) == (0, "")
    printed = rows(result.stdout)
    ratios = [row["name"] for row in printed if row["unit"] == "x"]
    assert ratios == [f"engine.{name}_{bars}" for bars in (252, 2520) for name in RATIOS]
    assert [row["name"] for row in printed if "reason" in row] == []  # no results differ
    assert all(row["value"] > 0 for row in printed)
