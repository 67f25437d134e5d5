"""The launcher of the embedded PostgreSQL, on real clusters of its own."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tetra.database import embedded
from tetra.database.embedded import EmbeddedServer
from tetra.errors import PlatformError
from tetra.platform.ports import choose

pytestmark = pytest.mark.postgres
INCLUDE = Path(__file__).resolve().parents[2] / "include"


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    state = Path(tempfile.mkdtemp(prefix="tetra-launcher-"))
    state.chmod(0o755)
    port = choose(state, prefer_usual=False)["postgres"]
    made = EmbeddedServer(state, port=port, password="p@ss/word")
    yield made
    made.remove()
    shutil.rmtree(state)


def test_start_listens_on_loopback_with_scram_and_room_for_the_platform(server: EmbeddedServer) -> None:
    server.start()
    with psycopg.connect(server.url) as connection:
        settings = dict(connection.execute("select name, setting from pg_settings").fetchall())
    assert settings["listen_addresses"] == "127.0.0.1"
    assert settings["password_encryption"] == "scram-sha-256"
    assert int(settings["max_connections"]) >= 200
    methods = {line.split()[-1] for line in _rules(server)}
    assert methods == {"scram-sha-256"}
    listening = {c.laddr.ip for c in psutil.Process(server.pid()).net_connections() if c.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


def _rules(server: EmbeddedServer) -> list[str]:
    lines = (server.data / "pg_hba.conf").read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def test_a_wrong_password_is_refused(server: EmbeddedServer) -> None:
    server.start()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url.replace("p%40ss%2Fword", "wrong"))


def test_a_second_start_is_refused_and_names_the_process(server: EmbeddedServer) -> None:
    server.start()
    with pytest.raises(PlatformError, match=f"already runs as process {server.pid()}"):
        server.start()
    assert not server.ensure_running()


def test_data_survives_a_killed_server(server: EmbeddedServer) -> None:
    server.start()
    with psycopg.connect(server.url) as connection:
        connection.execute("create table kept (value int)")
        connection.execute("insert into kept values (7)")
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    assert server.ensure_running()
    with psycopg.connect(server.url) as connection:
        assert connection.execute("select value from kept").fetchone() == (7,)


def test_the_server_outlives_a_killed_parent(server: EmbeddedServer) -> None:
    code = (
        "import os, sys; from pathlib import Path; from tetra.database.embedded import EmbeddedServer\n"
        f"EmbeddedServer(Path({str(server.home.parent if server.home.name == 'postgres' else '')!r}), "
        f"port={server.port}, password='p@ss/word').start()\n"
        "os.kill(os.getpid(), 9)"
    )
    result = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(INCLUDE)}, check=False)
    assert result.returncode == -signal.SIGKILL
    assert server.is_running()
    assert server.stop()
    assert server.pid() is None


def test_stop_without_a_running_server_says_so(server: EmbeddedServer) -> None:
    assert not server.stop()


def test_a_stale_pid_file_of_another_program_does_not_count(server: EmbeddedServer) -> None:
    server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    assert server.pid() is None


def test_a_half_made_cluster_is_made_anew(server: EmbeddedServer) -> None:
    server.start()
    server.stop()
    server.data.rename(server.home / "data.partial")
    server.start()
    assert server.is_running()


def test_a_taken_port_is_an_error_that_shows_the_servers_log(server: EmbeddedServer) -> None:
    server.start()
    other_state = Path(tempfile.mkdtemp(prefix="tetra-launcher-"))
    other_state.chmod(0o755)
    other = EmbeddedServer(other_state, port=server.port, password="x")
    try:
        with pytest.raises(PlatformError, match="Address already in use"):
            other.start()
    finally:
        other.remove()
        shutil.rmtree(other_state)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_runs_it_as_another_user_even_below_a_closed_directory() -> None:
    closed = Path(tempfile.mkdtemp(prefix="tetra-closed-"))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    state = closed / "state"
    server = EmbeddedServer(embedded_state(state), port=choose(state, prefer_usual=False)["postgres"], password="x")
    try:
        assert not server.home.is_relative_to(closed)
        server.start()
        assert psutil.Process(server.pid()).uids().real != 0
    finally:
        server.remove()
        shutil.rmtree(closed)
    assert not server.home.exists()


def embedded_state(state: Path) -> Path:
    state.mkdir()
    return state


def test_without_a_server_account_root_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.os, "geteuid", lambda: 0)
    monkeypatch.setattr(embedded.pwd, "getpwnam", lambda name: {}[name])
    with pytest.raises(PlatformError, match="create one of them"):
        embedded.server_account()
