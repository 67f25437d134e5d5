"""A vendor on loopback for each test, and no proxy between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tetra.sources.vendors.loopback import KEY, Clock, Vendor


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor().running() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def yahoo_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("yahoo-state")


@pytest.fixture(autouse=True)
def state_and_keys(monkeypatch: pytest.MonkeyPatch, yahoo_state: Path) -> None:
    monkeypatch.setenv("TETRA_STATE_DIR", str(yahoo_state))  # one for all: yfinance takes its place only once
    monkeypatch.setenv("TETRA_POLYGON_API_KEY", KEY)
    monkeypatch.setenv("TETRA_COINGECKO_API_KEY", KEY)
