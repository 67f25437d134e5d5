"""The saved files: what is in them, that they are overwritten, and that a failure leaves the old ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import psycopg
import pytest
from tests.tetra.scenarios.landed_market import AS_OF, landed_market, write_catalogue

from tetra.data.scenarios import load_panel
from tetra.errors import ScenarioError, SettingsError
from tetra.scenarios import export as exporting
from tetra.scenarios.export import export
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate

pytestmark = pytest.mark.postgres

NOW = datetime(1963, 6, 29, 6, tzinfo=UTC)
NAMES = {"scenario_metadata.json", "scenario_timeseries.parquet", "scenario_summary.txt"}


@pytest.fixture
def made(connection: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    write_catalogue(tmp_path)
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    with landed_market(connection):
        generate(connection, as_of=AS_OF, seed=7, request=GenerationRequest(types=("historical", "stochastic")))
        yield connection


def save(connection: Any, url: str, *, save_timeseries: bool = True, now: datetime = NOW) -> exporting.ExportReport:
    return export(connection, as_of=AS_OF, url=url, save_timeseries=save_timeseries, now=now)


def test_metadata_says_of_every_scenario_what_it_is(made: Any, tmp_path: Path) -> None:
    report = save(made, str(tmp_path / "out"))
    assert report.files == tuple(
        f"{tmp_path}/out/{name}"
        for name in ("scenario_metadata.json", "scenario_timeseries.parquet", "scenario_summary.txt")
    )
    told = json.loads((tmp_path / "out" / "scenario_metadata.json").read_text(encoding="utf-8"))
    assert told["generated_at"] == "1963-06-29T06:00:00+00:00"
    scenarios = {scenario["name"]: scenario for scenario in told["scenarios"]}
    assert set(scenarios) == {
        "Spring", "Summer", "Squeeze", "Bootstrap 001", "Bootstrap 002", "Monte Carlo 001", "Monte Carlo 002",
    }  # fmt: skip
    spring, squeeze = scenarios["Spring"], scenarios["Squeeze"]
    assert list(spring) == [
        "name", "scenario_type", "start_date", "end_date", "expected_return", "volatility_multiplier", "metadata",
    ]  # fmt: skip
    assert (spring["scenario_type"], spring["start_date"], spring["end_date"]) == (
        "historical", "1963-03-01", "1963-04-30",
    )  # fmt: skip
    assert isinstance(spring["expected_return"], float)
    assert (squeeze["volatility_multiplier"], squeeze["metadata"]["status"]) == (5, "not_covered")
    assert "required symbol GME" in squeeze["metadata"]["reason"]


def test_the_time_series_are_the_stored_closes_and_their_returns(made: Any, tmp_path: Path) -> None:
    report = save(made, str(tmp_path / "out"))
    frame = pd.read_parquet(tmp_path / "out" / "scenario_timeseries.parquet")
    assert list(frame.columns) == ["scenario_name", "symbol", "date", "returns", "prices"]
    assert len(frame) == report.rows
    panel = load_panel(made, as_of=AS_OF, scenario_name="Bootstrap 002")
    one = frame[(frame["scenario_name"] == "Bootstrap 002") & (frame["symbol"] == "SCN.BBB")]
    close = panel.close[panel.symbols.index("SCN.BBB"), panel.window_start :]
    np.testing.assert_array_equal(one["prices"], close)
    np.testing.assert_allclose(one["returns"].iloc[1:], close[1:] / close[:-1] - 1.0)
    assert np.isnan(one["returns"].iloc[0])
    assert one["date"].tolist() == panel.sessions[panel.window_start :].tolist()
    assert set(frame["scenario_name"]) == {
        "Spring", "Summer", "Bootstrap 001", "Bootstrap 002", "Monte Carlo 001", "Monte Carlo 002",
    }  # fmt: skip


def test_the_summary_counts_families_and_names_what_is_missing(made: Any, tmp_path: Path) -> None:
    save(made, str(tmp_path), save_timeseries=False)
    summary = (tmp_path / "scenario_summary.txt").read_text(encoding="utf-8")
    assert "6 ready, 1 not covered" in summary
    assert "monte_carlo" in summary
    assert "Squeeze: required symbol GME" in summary


def test_files_are_overwritten_and_nothing_else_is_left(made: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    save(made, str(folder))
    save(made, str(folder), now=datetime(1963, 6, 30, tzinfo=UTC))
    assert {path.name for path in folder.iterdir()} == NAMES
    told = json.loads((folder / "scenario_metadata.json").read_text(encoding="utf-8"))
    assert told["generated_at"] == "1963-06-30T00:00:00+00:00"


def test_time_series_are_saved_only_when_asked_for(made: Any, tmp_path: Path) -> None:
    assert save(made, str(tmp_path / "out"), save_timeseries=False).rows == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == NAMES - {"scenario_timeseries.parquet"}


def test_a_failure_half_way_leaves_the_old_files(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    save(made, str(folder))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    tables = exporting._tables

    def broken(*arguments: Any) -> Iterator[Any]:
        yield next(tables(*arguments))
        raise OSError("disk full")

    monkeypatch.setattr(exporting, "_tables", broken)
    with pytest.raises(OSError, match="disk full"):
        save(made, str(folder), now=datetime(1963, 6, 30, tzinfo=UTC))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_any_fsspec_url_will_do(made: Any) -> None:
    save(made, "memory://scenario-export")
    system = fsspec.filesystem("memory")
    assert {Path(path).name for path in system.ls("/scenario-export", detail=False)} == NAMES
    with system.open("/scenario-export/scenario_timeseries.parquet") as file:
        assert len(pd.read_parquet(file)) > 0


def test_an_unknown_protocol_and_an_empty_date_are_refused(made: psycopg.Connection[Any], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'nowhere://x' cannot be opened"):
        save(made, "nowhere://x")
    with pytest.raises(ScenarioError, match="no scenario as of 1950-01-03; generate them first"):
        export(made, as_of=date(1950, 1, 3), url=str(tmp_path), save_timeseries=False)
