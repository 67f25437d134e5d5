"""supervisord, which keeps the services running (ADR 0004): start, wait until they answer, stop.

Writes ``<state>/supervisor/``. When a service does not stay up, the error ends with the last lines of its log.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable

import psutil
import requests

from tetra.errors import PlatformError
from tetra.platform import environment, ports
from tetra.platform.environment import Installation
from tetra.platform.processes import MARK, leftovers, record_path
from tetra.platform.services import SERVICES, program
from tetra.settings import CHECKOUT

START_TIMEOUT_SECONDS = 240
STOP_TIMEOUT_SECONDS = 40


def _configuration(here: Installation) -> str:
    logs = here.state / "logs"
    home = here.state / "supervisor"
    config = configparser.RawConfigParser()
    config["supervisord"] = {
        "logfile": str(logs / "supervisord.log"),
        "pidfile": str(home / "supervisord.pid"),
        "childlogdir": str(logs),
        "directory": str(CHECKOUT),
        "nodaemon": "false",
    }
    if os.geteuid() == 0:
        config["supervisord"]["user"] = "root"
    config["inet_http_server"] = {
        "port": f"127.0.0.1:{here.ports['supervisor']}",
        "username": "tetra",
        "password": here.secrets["supervisor_password"],
    }
    config["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    for service in SERVICES:
        config[f"program:{service.name}"] = {
            "command": f"{sys.executable} -m tetra.cli service {service.name}",
            "redirect_stderr": "true",
            "stdout_logfile": str(logs / f"{service.name}.log"),
            "stdout_logfile_maxbytes": "20MB",
            "stdout_logfile_backups": "3",
            "startsecs": "5",
            "startretries": "5",
            "stopwaitsecs": "30",
            "stopasgroup": "true",
            "killasgroup": "true",
        }
    lines: list[str] = []
    for section in config.sections():
        lines.append(f"[{section}]")
        # supervisord expands %(…)s: a literal percent sign is doubled
        lines.extend(f"{name} = {value.replace('%', '%%')}" for name, value in config[section].items())
        lines.append("")
    return "\n".join(lines)


def _started_with(here: Installation, configuration: str) -> str:
    digest = hashlib.sha256(configuration.encode())
    for name, value in sorted((environment.airflow_environment(here) | environment.superset_environment(here)).items()):
        if name.startswith(("AIRFLOW", "TETRA", "SUPERSET", "DBT")) and name != "TETRA_DATABASE_URL":
            digest.update(f"{name}={value}\0".encode())
    # Airflow loads plugins and installed packages once
    watched = [
        *sorted((CHECKOUT / "plugins").rglob("*.py")),
        CHECKOUT / "requirements.txt",
        CHECKOUT / "include" / "superset" / "requirements.txt",
        CHECKOUT / "include" / "superset" / "superset_config.py",
    ]
    for path in watched:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _proxy(here: Installation) -> xmlrpc.client.ServerProxy:
    return xmlrpc.client.ServerProxy(
        f"http://tetra:{here.secrets['supervisor_password']}@127.0.0.1:{here.ports['supervisor']}/RPC2"
    )


def is_supervised(here: Installation) -> bool:
    """Return whether our supervisord answers."""
    try:
        with _proxy(here) as proxy:
            return bool(proxy.supervisor.getState()["statename"] == "RUNNING")  # type: ignore[index,call-overload]
    except (OSError, xmlrpc.client.Error):
        return False


def start(here: Installation) -> bool:
    """Start supervisord and with it all services; return False if they run already, with the same settings.

    Raises
    ------
    PlatformError
        If a port is taken by another program, or supervisord does not start.
    """
    home = here.state / "supervisor"
    for directory in (home, here.state / "logs", here.state / "cache" / "numba"):
        directory.mkdir(parents=True, exist_ok=True)
    configuration = _configuration(here)
    wanted = _started_with(here, configuration)
    stamp = home / "started-with"
    if is_supervised(here):
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return False
        stop(here)
    elif leftovers(here):
        stop(here)
    for name in ("airflow", "superset", "docs", "supervisor"):
        ports.require_free(name, here.ports[name], here.state)
    record_path(here).unlink(missing_ok=True)  # nothing of an earlier start is left: stop has seen to it
    path = home / "supervisord.conf"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(configuration)
    result = subprocess.run(
        [program("supervisord"), "-c", str(path)],
        env=os.environ | {MARK: here.secrets["instance_id"], "TETRA_STATE_DIR": str(here.state)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        raise PlatformError(
            f"supervisord did not start: {result.stdout}{result.stderr}; see {here.state / 'logs' / 'supervisord.log'}"
        )
    stamp.write_text(wanted, encoding="utf-8")
    return True


def wait_until_healthy(here: Installation, names: tuple[str, ...] | None = None) -> None:
    """Wait until every service that listens answers.

    Raises
    ------
    PlatformError
        If one has given up, or does not answer in time; the message ends with the last lines of its log.
    """
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    waiting = [service for service in SERVICES if service.health_url and (names is None or service.name in names)]
    while waiting:
        for service in list(waiting):
            assert service.health_url is not None
            try:
                if requests.get(service.health_url(here), timeout=5).status_code == requests.codes.ok:
                    waiting.remove(service)
            except requests.RequestException:
                _require_not_fatal(here, service.name)
        if waiting and time.monotonic() > deadline:
            raise PlatformError(
                f"{waiting[0].name} does not answer after {START_TIMEOUT_SECONDS} s\n{_log_tail(here, waiting[0].name)}"
            )
        if waiting:
            time.sleep(0.5)


def _require_not_fatal(here: Installation, name: str) -> None:
    try:
        with _proxy(here) as proxy:
            info = proxy.supervisor.getProcessInfo(name)
    except (OSError, xmlrpc.client.Error) as error:
        raise PlatformError(
            f"supervisord does not answer ({error}); see {here.state / 'logs' / 'supervisord.log'}"
        ) from error
    if info["statename"] == "FATAL":  # type: ignore[index,call-overload]
        raise PlatformError(f"{name} does not stay up\n{_log_tail(here, name)}")


def _log_tail(here: Installation, name: str) -> str:
    path = here.state / "logs" / f"{name}.log"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-25:] if path.exists() else ["(no log yet)"]
    return "\n".join([*lines, f"full log: {path}"])


def stop(here: Installation) -> int:
    """Stop all services; return how many processes were stopped. Only processes marked as ours are touched."""
    processes = leftovers(here)
    if is_supervised(here):
        with _proxy(here) as proxy:
            proxy.supervisor.shutdown()
        _, slow = psutil.wait_procs(processes, timeout=STOP_TIMEOUT_SECONDS / 2)
        if slow:
            print(f"waiting for {len(slow)} processes to end by themselves", flush=True)
            psutil.wait_procs(slow, timeout=STOP_TIMEOUT_SECONDS / 2)
    remaining = leftovers(here)
    if remaining:
        print(f"ending {_described(remaining)}", flush=True)
    for process in remaining:
        _signal(process.terminate)
    _, alive = psutil.wait_procs(remaining, timeout=20)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=10)
    still = leftovers(here)
    if still:
        raise PlatformError(
            f"processes {[process.pid for process in still]} do not end even when killed; end them by hand"
        )
    return len(processes)


def _described(processes: list[psutil.Process]) -> str:
    parts = []
    for process in processes:
        try:
            parts.append(f"{process.pid} ({' '.join(process.cmdline())[:60].strip()})")
        except psutil.NoSuchProcess:
            continue  # ended by itself meanwhile
    return ", ".join(parts)


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:
        return  # ended by itself meanwhile
