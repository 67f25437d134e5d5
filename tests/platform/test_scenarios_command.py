"""`tetra scenarios generate` from the command line: every option, and what a wrong one is answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
import yaml
from click.testing import CliRunner, Result
from tests.tetra.scenarios.landed_market import AS_OF, SYMBOLS, landed_market, write_catalogue

from tetra.cli import main

pytestmark = pytest.mark.postgres


def write_universe(folder: Path) -> None:
    stock = {"asset_class": "stock", "sector": "Industrials", "exchange": "XNYS", "currency": "USD"}
    universe: dict[str, Any] = {
        "exchanges": {"XNYS": {"name": "New York", "calendar": "XNYS", "timezone": "America/New_York"}},
        "groups": {"four": SYMBOLS[:4]},
        "instruments": {symbol: {"name": symbol, **stock} for symbol in SYMBOLS},
        "indicators": {},
    }
    (folder / "universe.yaml").write_text(yaml.safe_dump(universe), encoding="utf-8")


@pytest.fixture
def landed(warehouse: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    write_catalogue(tmp_path)
    write_universe(tmp_path)
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("TETRA_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TETRA_WRITER_URL", warehouse.url("writer"))
    with psycopg.connect(warehouse.url("writer")) as connection, landed_market(connection):
        yield connection


def command(*options: str) -> Result:
    return CliRunner().invoke(main, ["scenarios", "generate", "--end-date", AS_OF.isoformat(), *options])


def stored(connection: Any) -> dict[str, str]:
    with connection.transaction():
        return dict(
            connection.execute(
                "select scenario_name, scenario_type from scenarios.definitions where as_of = %s", [AS_OF]
            ).fetchall()
        )


def test_types_and_numbers_choose_what_is_made_and_the_files_are_saved(landed: Any, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    result = command(
        "--type", "stochastic,historical", "--num-scenarios", "1", "--seed", "7", "--workers", "1",
        "--save-timeseries", "--export-url", str(folder),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "4 generated, 0 unchanged, 1 not covered, 0 deleted" in result.output
    assert set(stored(landed).values()) == {"bootstrap", "monte_carlo", "historical"}
    assert str(folder / "scenario_timeseries.parquet") in result.output
    frame = pd.read_parquet(folder / "scenario_timeseries.parquet")
    assert set(frame["scenario_name"]) == {"Spring", "Summer", "Bootstrap 001", "Monte Carlo 001"}


def test_files_go_to_the_state_directory_by_default(landed: Any, tmp_path: Path) -> None:
    result = command("--type", "historical")
    assert result.exit_code == 0, result.output
    saved = {path.name for path in (tmp_path / "state" / "exports" / "scenarios").iterdir()}
    assert saved == {"scenario_metadata.json", "scenario_summary.txt"}


def test_a_dry_run_says_what_would_be_made_and_writes_nothing(landed: Any, tmp_path: Path) -> None:
    result = command("--type", "stochastic", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "would make 4 scenarios of up to 7 series x 40 sessions" in result.output
    assert "make Monte Carlo 002" in result.output
    assert stored(landed) == {}
    assert not (tmp_path / "state" / "exports").exists()


def test_a_severity_is_that_of_the_shocks(landed: Any) -> None:
    assert command("--type", "stress", "--severity", "extreme").exit_code == 0
    with landed.transaction():
        found = landed.execute(
            "select distinct parameters ->> 'severity' from scenarios.definitions where as_of = %s", [AS_OF]
        ).fetchall()
    assert found == [("extreme",)]


def test_closes_alone_can_be_asked_for(landed: Any) -> None:
    assert command("--type", "bootstrap", "--fields", "close").exit_code == 0
    with landed.transaction():
        counts = landed.execute("select count(open), count(close) > 0 from scenarios.paths where as_of = %s", [AS_OF])
        assert counts.fetchone() == (0, True)


def test_symbols_and_groups_are_what_scenarios_are_made_of(landed: Any) -> None:
    assert command("--type", "bootstrap", "--symbols", "four,SCN.EEE", "--symbols", "SCN.VIX").exit_code == 0
    with landed.transaction():
        found = landed.execute("select distinct symbol from scenarios.symbols where as_of = %s order by 1", [AS_OF])
        assert [row[0] for row in found] == [*SYMBOLS[:4], "SCN.EEE", "SCN.VIX"]


def test_the_newest_landed_session_is_the_default(landed: Any) -> None:
    result = CliRunner().invoke(main, ["scenarios", "generate", "--type", "historical", "--dry-run"])
    assert result.output.startswith(f"as of {AS_OF}: would make 3 scenarios"), result.output


def test_an_export_url_that_cannot_be_opened_is_refused_before_anything_is_made(landed: Any) -> None:
    result = command("--type", "historical", "--export-url", "nowhere://x")
    assert "'nowhere://x' cannot be opened" in result.output
    assert stored(landed) == {}


def test_a_start_date_shortens_the_lookback_and_leaves_history_alone(landed: Any) -> None:
    assert command("--type", "historical,bootstrap", "--start-date", "1963-03-15").exit_code == 0
    assert {"Spring", "Summer"} <= set(stored(landed))
    with landed.transaction():
        started = landed.execute(
            "select distinct parameters ->> 'lookback_start' from scenarios.definitions"
            " where as_of = %s and scenario_type = 'bootstrap'",
            [AS_OF],
        ).fetchall()
    # the first day has to have a session before it
    assert started == [("1963-03-18",)]


def test_full_cycles_can_be_left_out(landed: Any, tmp_path: Path) -> None:
    cycle = {"name": "Cycle", "family": "full_cycle", "start_date": "1963-03-01", "end_date": "1963-05-31"}
    write_catalogue(tmp_path, [cycle])
    assert command("--type", "historical").exit_code == 0
    assert set(stored(landed)) == {"Cycle"}
    assert command("--type", "historical", "--no-full-cycles").exit_code == 1, "there is no scenario left to save"
    assert stored(landed) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--type", "stochastik"], "unknown scenario type 'stochastik'; did you mean 'stochastic'?"),
        (["--severity", "sever"], "unknown severity 'sever'; did you mean 'severe'?"),
        (["--fields", "closes"], "unknown fields 'closes'; did you mean 'close'?"),
        (["--num-scenarios", "0"], "num_scenarios is 0; give a whole number above 0"),
        (["--workers", "0"], "workers is 0; give a whole number above 0"),
        (["--seed", "-1"], "seed is -1; give a whole number of at least 0"),
        (["--symbols", "SCN.AA"], "unknown symbol, series, group or index 'SCN.AA'; did you mean 'SCN.AAA'?"),
        (["--start-date", "1963-06-20"], "are needed; give 1963-04-05 or an earlier one"),
        (["--end-date", "1963-06-29"], "1963-06-29 is not a session of XNYS; give 1963-06-28, the one before it"),
        (["--start-date", "1963-13-01"], "'1963-13-01' does not match the format '%Y-%m-%d'"),
        (["--num-scenario", "5"], "--num-scenarios"),
    ],
)
def test_a_wrong_value_is_named_with_the_nearest_valid_one(landed: Any, options: list[str], message: str) -> None:
    result = command(*options)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
