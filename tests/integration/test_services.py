"""The platform's services: watched, on loopback alone, and all ended by stop. The last test ends the platform."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from tetra.platform import processes, supervision

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]


def test_a_killed_service_is_started_again(stack: Any) -> None:
    listening = [p for p in processes.leftovers(stack.here) if "http.server" in " ".join(p.cmdline())]
    assert len(listening) == 1
    listening[0].kill()
    psutil.wait_procs(listening, timeout=10)
    supervision.wait_until_healthy(stack.here, ("docs",))


def test_nothing_listens_beyond_loopback(stack: Any) -> None:
    addresses = set()
    for process in processes.leftovers(stack.here):
        try:
            addresses |= {c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
        except psutil.NoSuchProcess:
            continue
    assert addresses == {"127.0.0.1"}


def test_stop_ends_all_of_ours_even_after_supervisord_was_killed_and_nothing_else(stack: Any) -> None:
    bystander = psutil.Popen(["sleep", "600"])
    try:
        ours = processes.leftovers(stack.here)
        supervisor = next(p for p in ours if "supervisord" in " ".join(p.cmdline()))
        supervisor.kill()
        stopped = stack.tetra("platform", "stop")
        assert stopped.returncode == 0, stopped.stderr
        assert processes.leftovers(stack.here) == []
        assert not stack.here.embedded.is_running()
        assert bystander.is_running()
    finally:
        bystander.terminate()
        bystander.wait()
