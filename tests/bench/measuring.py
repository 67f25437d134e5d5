"""What every area of the benchmark shares: the row it prints, a database to throw away, the memory of processes."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tetra.database import migrations
from tetra.database.embedded import EmbeddedServer
from tetra.database.provision import ROLES, Server, provision
from tetra.platform import ports, secrets
from tetra.settings import CHECKOUT

MARKET_DATA = Path(os.environ.get("TETRA_BENCH_DATA", CHECKOUT.parent / "shared" / "marketdata"))
SAMPLED_EVERY_SECONDS = 0.5  # looking at the pages of a server takes time from what is measured
GIBIBYTE = 1 << 30


@dataclass(frozen=True)
class Row:
    """One line of output.

    Parameters
    ----------
    name : str
        Area and number, ``data.files504_s``.
    value : float or None
        None where it could not be measured.
    unit : str
        Of the value.
    against : str
        The number to reach, or what it is a ratio to.
    reason : str, optional
        Why there is no value.
    """

    name: str
    value: float | None
    unit: str
    against: str
    reason: str | None = None

    def as_line(self) -> str:
        """Return the row as one line of JSON."""
        content = {"name": self.name, "value": self.value, "unit": self.unit, "against": self.against}
        return json.dumps(content | ({"reason": self.reason} if self.reason else {}), ensure_ascii=False)


@dataclass(frozen=True)
class Database:
    """A server of this benchmark's own, migrated and empty."""

    server: Server
    passwords: dict[str, str]
    embedded: EmbeddedServer
    state: Path

    def url(self, role: str) -> str:
        """Return the libpq URL of a role (owner, writer, reader)."""
        return self.server.url_for(role=f"tetra_{role}", password=self.passwords[role], database="tetra")


@contextmanager
def own_database() -> Iterator[Database]:
    """Start an embedded PostgreSQL on a free port in a temporary directory; stop it and remove both at the end."""
    state = Path(tempfile.mkdtemp(prefix="tetra-bench-"))
    state.chmod(0o755)  # the database's user must reach it when we are root
    try:
        kept = secrets.load(state)
        port = ports.choose(state, prefer_usual=False)["postgres"]
        embedded = EmbeddedServer(state, port=port, password=kept["postgres_password"])
        try:
            embedded.start()
            administrator = Server(embedded.url)
            passwords = {role: kept[f"{role}_password"] for role in ROLES}
            provision(administrator, passwords)
            made = Database(administrator, passwords, embedded, state)
            migrations.upgrade(made.url("owner"))
            yield made
        finally:
            embedded.remove()
    finally:
        shutil.rmtree(state, ignore_errors=True)


class PeakMemory:
    """The most memory that processes and their children held together, shared pages counted once.

    Parameters
    ----------
    pids : sequence of int
        The oldest of each family.
    """

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.bytes = 0

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLED_EVERY_SECONDS):
            self.bytes = max(self.bytes, sum(_held(process) for process in self._processes()))

    def _processes(self) -> Iterator[psutil.Process]:
        for pid in self._pids:
            try:
                oldest = psutil.Process(pid)
                yield oldest
                yield from oldest.children(recursive=True)
            except psutil.NoSuchProcess:
                continue


def _held(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0  # it ended between being listed and being looked at
