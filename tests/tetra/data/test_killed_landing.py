"""Landing killed at ten random moments: each table is as before or complete, and a re-run makes all complete."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import pytest
import yaml
from tests.tetra.data.landing_process import APPLICATION

from tetra.calendars import sessions_between
from tetra.data.ingest import IngestRequest, ingest
from tetra.settings import CHECKOUT, load_yaml

pytestmark = pytest.mark.postgres

SPAN = (date(2015, 1, 2), date(2019, 12, 31))
SESSIONS = sessions_between("XNYS", *SPAN)
SYMBOLS = tuple(f"DT-K{number:02}" for number in range(16))
KILLS = 10
TABLES = {
    "market_data.instruments": "symbol",
    "market_data.corporate_actions": "symbol",
    "market_data.ohlcv": "symbol",
    "economic_data.releases": "series_id",
    "quality.rejected_records": "record_key",
}
"""Tables that landing writes, each with the column that begins with DT- in what is ours."""

State = dict[str, str]


def write_files(folder: Path, rng: np.random.Generator, *, sessions: int) -> None:
    """Write files of the first sessions; the last row of each cannot be true."""
    folder.mkdir()
    for symbol in SYMBOLS:
        close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, sessions)))
        dividend = np.where(np.arange(sessions) % 63 == 62, 0.25, 0.0)
        split = np.where(np.arange(sessions) == 100, 2.0, 1.0)
        lines = ["timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient"]
        for row in range(sessions):
            price = round(float(close[row]), 4)
            low = price if row < sessions - 1 else price + 1.0
            lines.append(f"{SESSIONS[row]},{price},{price},{low},{price},{price},1000,{dividend[row]},{split[row]}")
        (folder / f"{symbol}.csv").write_text("\n".join([*lines, ""]))
    months = np.unique(SESSIONS[:sessions].astype("datetime64[M]")).astype("datetime64[D]")
    rates = [f"{month},{value}" for month, value in zip(months, rng.integers(1, 99, months.size), strict=True)]
    (folder / "DT-RATE.csv").write_text("\n".join(["DATE,DT-RATE", *rates, ""]))


def write_configuration(folder: Path, files: Path) -> None:
    folder.mkdir()
    instrument = {"asset_class": "etf", "exchange": "DT-X", "currency": "USD"}
    universe = {
        "exchanges": {"DT-X": {"name": "Stocks", "calendar": "XNYS", "timezone": "America/New_York"}},
        "groups": {},
        "instruments": {symbol: {"name": symbol, **instrument} for symbol in SYMBOLS},
        "indicators": {"DT-RATE": {"name": "A rate", "unit": "percent", "frequency": "monthly"}},
    }
    client = {
        "layouts": load_yaml("sources.yaml")["sources"]["files"]["layouts"],
        "bars": {"mine": {"path": f"{files}/{{symbol}}.csv", "layout": "alpha_vantage"}},
        "macro": {"rates": {"path": f"{files}/{{symbol}}.csv", "layout": "fred"}},
    }
    kinds = {kind: {"sources": ["files"], "required": kind == "bars"} for kind in ("bars", "actions", "macro")}
    (folder / "universe.yaml").write_text(yaml.safe_dump(universe))
    (folder / "sources.yaml").write_text(yaml.safe_dump({"kinds": kinds, "sources": {"files": client}}))


def checksums(connection: psycopg.Connection) -> State:
    """Return a checksum per table over all its columns but the moments at which rows were written."""
    found = {}
    for table, column in TABLES.items():
        rows = f"select md5((to_jsonb(t) - 'ingested_at' - 'rejected_at')::text) from {table} as t"
        query = f"select coalesce(md5(string_agg(hash, '' order by hash)), '') from ({rows} where {column} like 'DT-%')"
        row = connection.execute(f"{query} as hashed (hash)").fetchone()
        assert row is not None
        found[table] = row[0]
    connection.commit()
    return found


def empty_tables(owner: psycopg.Connection) -> None:
    for table, column in reversed(TABLES.items()):
        owner.execute(f"delete from {table} where {column} like 'DT-%'")
    owner.commit()


def wait_until_rolled_back(connection: psycopg.Connection) -> None:
    """Return when the server has noticed that its client is gone."""
    query = "select pg_sleep(0.01) from pg_stat_activity where application_name = %s"
    while connection.execute(query, [APPLICATION]).fetchall():
        connection.commit()
    connection.commit()


@pytest.fixture
def landing(warehouse, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that lands the complete files for every line it is sent."""
    paths = os.pathsep.join([str(CHECKOUT / "include"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {
        "TETRA_CONFIG_DIR": str(tmp_path / "complete_config"),
        "TETRA_WRITER_URL": warehouse.url("writer"),
        "PYTHONPATH": paths,
    }
    command = [sys.executable, str(Path(__file__).with_name("landing_process.py")), *(day.isoformat() for day in SPAN)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, bufsize=1, **pipes) as process:
        yield process


def land_and_kill(landing: subprocess.Popen[str], *, after: float) -> float | None:
    """Let the process land, and kill that after so many seconds; return how long it took if it was over before."""
    assert landing.stdin is not None
    assert landing.stdout is not None
    landing.stdin.write("land\n")
    child = int(landing.stdout.readline())
    began = time.monotonic()
    ended, _, _ = select.select([landing.stdout], [], [], after)
    if not ended:
        os.kill(child, signal.SIGKILL)
    status = int(landing.stdout.readline())
    assert status in (0, -signal.SIGKILL)
    return time.monotonic() - began if status == 0 else None


def test_landing_killed_at_ten_random_moments_leaves_whole_tables_and_ends_the_same(
    writer, owner_connection, landing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rng = np.random.default_rng(20150102)
    for name, sessions in (("earlier", 400), ("complete", SESSIONS.size)):
        write_files(tmp_path / name, rng, sessions=sessions)
        write_configuration(tmp_path / f"{name}_config", tmp_path / name)

    def land(name: str) -> State:
        monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path / f"{name}_config"))
        ingest(writer, IngestRequest(*SPAN))
        return checksums(writer)

    duration = land_and_kill(landing, after=60.0)
    undisturbed = checksums(writer)
    killed = 0
    while killed < KILLS:
        assert duration is not None, "the first landing did not end"
        empty_tables(owner_connection)
        before = checksums(writer) if killed % 2 else land("earlier")
        moment = rng.random() * duration
        ended_after = land_and_kill(landing, after=moment)
        if ended_after is not None:  # faster than the last one: the next moment lies within
            duration = ended_after
            continue
        killed += 1
        wait_until_rolled_back(writer)
        found = checksums(writer)
        halves = {table for table in TABLES if found[table] not in (before[table], undisturbed[table])}
        assert halves == set(), f"killed after {moment:.3f} of {duration:.3f} s"
        if found["market_data.ohlcv"] == undisturbed["market_data.ohlcv"]:  # no raw bar without its split
            assert found["market_data.corporate_actions"] == undisturbed["market_data.corporate_actions"]
        assert land("complete") == undisturbed, f"killed after {moment:.3f} of {duration:.3f} s"
