"""``make run``, ``make stop`` and ``make clean``: bring the platform up, drive the chain once, show what came out."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg

from tetra.database import migrations
from tetra.database.provision import ROLES, provision
from tetra.errors import PlatformError
from tetra.platform import chain, environment, processes, supervision
from tetra.platform.environment import Installation, installation
from tetra.settings import CHECKOUT, state_dir

SUPERSET_SCRIPTS = CHECKOUT / "include" / "superset"


class Progress:
    """Prints each step with the seconds since the start."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        """Print one line of progress."""
        print(f"[{time.monotonic() - self.started:5.0f} s] {text}", flush=True)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the state directory alone: a second run, stop or clean waits for the first and says so."""
    state = state_dir()
    state.mkdir(parents=True, exist_ok=True)
    with (state / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another make run, stop or clean is at work here; waiting for it to end", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def check_configuration() -> None:
    """Load every configuration file, so that a mistake is named before anything is started.

    Raises
    ------
    TetraError
        Naming the file or the entry, the value and the remedy.
    """
    from tetra.backtest import risk
    from tetra.data.universe import load_universe
    from tetra.scenarios.catalogue import load_catalogue
    from tetra.sources.registry import Registry
    from tetra.strategies import registry

    load_universe()
    sources = Registry()
    for name in sources.names:
        sources.client(name)
    load_catalogue()
    registry.enabled()
    risk.load([entry.name for entry in registry.load()])


@one_at_a_time()
def run(*, prefer_usual_ports: bool = True) -> None:
    """Bring everything up, run the chain on the sample source, print the ranking and the URLs.

    Raises
    ------
    PlatformError
        If a service does not start, a pipeline fails, or a chart of the dashboard returns no data.
    """
    progress = Progress()
    check_configuration()
    here = prepared_database(progress, prefer_usual_ports=prefer_usual_ports)
    with ThreadPoolExecutor(2) as pool:
        airflow = pool.submit(_migrate_airflow, here, progress)
        superset = pool.submit(_apply_superset, here, progress)
        airflow.result()
        superset.result()
    environment.write_airflow_passwords(here)
    if supervision.start(here):
        progress.say("starting Airflow, Superset and the docs server")
    supervision.wait_until_healthy(here)
    progress.say("all services answer")
    as_of = chain.run_sample_chain(here, progress.say)
    _verify_charts(here, progress)
    print(chain.ranking_text(here, as_of))
    print(_addresses(here))


def prepared_database(progress: Progress | None = None, *, prefer_usual_ports: bool = True) -> Installation:
    """Return the installation with its server running, provisioned and migrated."""
    say = (progress or Progress()).say
    here = installation(prefer_usual_ports=prefer_usual_ports)
    if here.external_url is None and here.embedded.ensure_running():
        say(f"PostgreSQL started on 127.0.0.1:{here.ports['postgres']}")
    provision(here.server, {role: here.secrets[f"{role}_password"] for role in ROLES})
    before = migrations.current(here.database_url("owner"))
    migrations.upgrade(here.database_url("owner"))
    after = migrations.current(here.database_url("owner"))
    if before != after:
        say(f"warehouse migrated to {after}")
    return here


def latest_as_of(here: Installation) -> date:
    """Return the greatest as-of date that scenarios exist for.

    Raises
    ------
    PlatformError
        If there is none yet.
    """
    with psycopg.connect(here.database_url("reader")) as connection:
        row = connection.execute("select max(as_of) from scenarios.definitions where status = 'ready'").fetchone()
    if row is None or row[0] is None:
        raise PlatformError("no scenarios are made yet, so there is no as-of date; start with `make run`")
    latest: date = row[0]
    return latest


def require_database() -> None:
    """Raise unless the embedded server runs (another server is assumed to)."""
    here = installation()
    if here.external_url is None and not here.embedded.is_running():
        raise PlatformError("the database does not run; start everything with `make run`")


def _migrate_airflow(here: Installation, progress: Progress) -> None:
    settings = environment.airflow_environment(here)
    stamp = here.state / "airflow" / "migrated"
    lock = (CHECKOUT / "requirements.txt").read_bytes()
    wanted = hashlib.sha256(lock + settings["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    progress.say("preparing Airflow's database")
    _run([str(Path(sys.executable).parent / "airflow"), "db", "migrate"], settings, here, "airflow-db-migrate")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted, encoding="utf-8")


def _superset_python() -> str:
    return str(environment.SUPERSET_ENVIRONMENT / "bin" / "python")


def _apply_superset(here: Installation, progress: Progress) -> None:
    progress.say("applying Superset's dashboards")
    _run(
        [_superset_python(), str(SUPERSET_SCRIPTS / "apply_assets.py")],
        environment.superset_environment(here),
        here,
        "superset-apply",
    )


def _verify_charts(here: Installation, progress: Progress) -> None:
    command = [_superset_python(), str(SUPERSET_SCRIPTS / "verify_charts.py"), here.superset_url]
    _run(command, environment.superset_environment(here), here, "superset-verify")
    progress.say("every chart of the dashboard returns data")


def take_picture() -> None:
    """Photograph the dashboard of the running platform into ``include/docs/images``."""
    here = installation()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(SUPERSET_SCRIPTS / "take_screenshots.py"), here.superset_url, folder]
        _run(command, environment.superset_environment(here), here, "superset-pictures")
        picture = CHECKOUT / "include" / "docs" / "images" / "strategy-rankings.png"
        shutil.copyfile(Path(folder) / "strategy-rankings-rankings.png", picture)
    print(f"wrote {picture}")


def _run(command: list[str], settings: dict[str, str], here: Installation, name: str) -> None:
    log = here.state / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        result = subprocess.run(
            command,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode != 0:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])
        raise PlatformError(f"{name} failed with exit code {result.returncode}:\n{tail}\nfull log: {log}")


def _addresses(here: Installation) -> str:
    dashboard = f"{here.superset_url}/superset/dashboard/strategy-rankings/"
    return "\n".join(
        [
            "",
            f"  Airflow          {here.airflow_url}   admin / {here.secrets['airflow_admin_password']}",
            f"  Superset         {dashboard}   admin / {here.secrets['superset_admin_password']}",
            f"  Data quality     {here.docs_url}/data_quality/",
            f"  dbt docs         {here.docs_url}/dbt/",
            "",
            f"  logs in {here.state / 'logs'} · `make sql` opens the database · `make stop` stops everything",
        ]
    )


@one_at_a_time()
def stop() -> None:
    """Stop all services and the embedded database; say what was stopped."""
    here = installation()
    count = supervision.stop(here)
    print(f"stopped {count} processes of Airflow, Superset and the docs server" if count else "no service was running")
    if here.external_url is None:
        print("stopped PostgreSQL" if here.embedded.stop() else "PostgreSQL was not running")


@one_at_a_time()
def remove_state() -> None:
    """Delete the embedded cluster and the state directory (environments, which hold this program, excepted)."""
    state = state_dir()
    here = installation()
    if processes.leftovers(here):
        raise PlatformError("services still run; stop them first with `make stop`")
    here.embedded.remove()
    for entry in state.iterdir():
        if entry.name in {"environments", "tools", "run.lock"}:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
