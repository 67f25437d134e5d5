"""Fixtures shared by all tests: a real PostgreSQL of their own, migrated, on a free port, stopped by id at the end."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]

# importing Airflow writes a configuration file: never into the home of whoever runs the tests
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="tetra-tests-airflow-")
atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
MARKET_DATA = Path(os.environ.get("TETRA_BENCH_DATA", CHECKOUT.parent / "shared" / "marketdata"))


@dataclass(frozen=True)
class Warehouse:
    """A provisioned and migrated server."""

    server: Any
    passwords: dict[str, str]
    state: Path

    def url(self, role: str) -> str:
        return str(self.server.url_for(role=f"tetra_{role}", password=self.passwords[role], database="tetra"))


@pytest.fixture(scope="session")
def state_directory() -> Iterator[Path]:
    """A state directory of this test session, readable by the database's user when we are root."""
    directory = Path(tempfile.mkdtemp(prefix="tetra-tests-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def warehouse(state_directory: Path) -> Iterator[Warehouse]:
    """The embedded PostgreSQL with roles, databases and all migrations."""
    from tetra.database import migrations
    from tetra.database.embedded import EmbeddedServer
    from tetra.database.provision import ROLES, Server, provision
    from tetra.platform import ports, secrets

    kept = secrets.load(state_directory)
    port = ports.choose(state_directory, prefer_usual=False)["postgres"]
    server = EmbeddedServer(state_directory, port=port, password=kept["postgres_password"])
    server.start()
    try:
        administrator = Server(server.url)
        passwords = {role: kept[f"{role}_password"] for role in ROLES}
        provision(administrator, passwords)
        made = Warehouse(administrator, passwords, state_directory)
        migrations.upgrade(made.url("owner"))
        yield made
    finally:
        server.remove()


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Any]:
    """A connection as tetra_writer; nothing is truncated, so a test picks its own symbols and dates or cleans up."""
    import psycopg

    with psycopg.connect(warehouse.url("writer")) as opened:
        yield opened


@pytest.fixture
def owner_connection(warehouse: Warehouse) -> Iterator[Any]:
    """A connection as tetra_owner, for what the writer may not do (truncate)."""
    import psycopg

    with psycopg.connect(warehouse.url("owner")) as opened:
        yield opened


@pytest.fixture(scope="session")
def market_data() -> Path:
    """The folder of real market data; skips, and says so, where it is absent."""
    if not MARKET_DATA.is_dir():
        pytest.skip(f"no market data folder at {MARKET_DATA}; set TETRA_BENCH_DATA")
    return MARKET_DATA
