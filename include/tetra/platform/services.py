"""The long-running services: what each is, and how a process becomes one.

Each is started as ``python -m tetra.cli service NAME``, which builds its environment and becomes it, so that no secret
stands in supervisord's configuration. Logs: ``<state>/logs/<service>.log``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tetra.errors import PlatformError, unknown_value
from tetra.platform import environment
from tetra.platform.environment import Installation
from tetra.platform.processes import MARK, record_this_service

SKIP_LOG_SERVER = "--skip-serve-logs"
"""Logs are read from the shared disk; the log server would listen on every address of the machine."""


@dataclass(frozen=True)
class Service:
    """One supervised program.

    Parameters
    ----------
    name : str
        Its name in supervisord and of its log.
    command : callable
        From the installation to the command line.
    make_environment : callable
        From the installation to its whole environment.
    health_url : callable or None
        From the installation to a URL that answers 200 when it serves; None if it listens nowhere.
    """

    name: str
    command: Callable[[Installation], list[str]]
    make_environment: Callable[[Installation], dict[str, str]]
    health_url: Callable[[Installation], str] | None = None


def program(name: str) -> str:
    """Return the path of a program of the platform's environment."""
    return str(Path(sys.executable).parent / name)


def _airflow(*component: str) -> Callable[[Installation], list[str]]:
    return lambda here: [program("airflow"), *component]


def _gunicorn(here: Installation) -> list[str]:
    # no --preload: forked metadata connections break; one worker with threads serves a laptop
    program = str(environment.SUPERSET_ENVIRONMENT / "bin" / "gunicorn")
    workers = ["--workers", "1", "--worker-class", "gthread", "--threads", "8", "--timeout", "120"]
    address = f"127.0.0.1:{here.ports['superset']}"
    return [program, *workers, "--no-control-socket", "--bind", address, "superset.app:create_app()"]


def _docs(here: Installation) -> list[str]:
    root = here.state / "docs"
    root.mkdir(parents=True, exist_ok=True)
    server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
    return [*server, "--directory", str(root), str(here.ports["docs"])]


SERVICES = (
    Service(
        "airflow-api-server", _airflow("api-server"), environment.airflow_environment,
        lambda here: f"{here.airflow_url}/api/v2/monitor/health",
    ),
    Service("airflow-scheduler", _airflow("scheduler", SKIP_LOG_SERVER), environment.airflow_environment),
    Service("airflow-dag-processor", _airflow("dag-processor"), environment.airflow_environment),
    Service("airflow-triggerer", _airflow("triggerer", SKIP_LOG_SERVER), environment.airflow_environment),
    Service("superset", _gunicorn, environment.superset_environment, lambda here: f"{here.superset_url}/health"),
    Service("docs", _docs, environment.airflow_environment, lambda here: f"{here.docs_url}/"),
)  # fmt: skip


def become(name: str) -> None:
    """Replace this process by a service; does not return."""
    known = {service.name: service for service in SERVICES}
    if name not in known:
        raise PlatformError(unknown_value("service", name, known))
    here = environment.installation()
    command = known[name].command(here)
    record_this_service(here)
    os.execve(command[0], command, known[name].make_environment(here) | {MARK: here.secrets["instance_id"]})
