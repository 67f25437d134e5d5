"""The landed market and its catalogue, for tests of what scenario runs store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tetra.scenarios.landed_market import landed_market, write_catalogue
from tests.tetra.scenarios.stored_scenarios import Connection


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the configuration in force, with a small ``scenarios.yaml``."""
    write_catalogue(tmp_path)
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def landed(connection: Connection, catalogue: Path) -> Iterator[Connection]:
    """A connection as the writer, with the market landed."""
    with landed_market(connection):
        yield connection
