"""A universe of this folder's own in the shared warehouse, removed again after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tetra.data.rolled_market import fail_at, market

from tetra.sources import registry

__all__ = ["fail_at", "market"]


def own_universe(*symbols: str) -> dict[str, Any]:
    """The content of a universe.yaml; every symbol and series in it begins with DT-."""
    kinds = {
        "DT-OIL": {"asset_class": "commodity"},
        "DT-COIN": {"asset_class": "crypto", "exchange": "DT-C"},
        "DT-VIX": {"asset_class": "volatility_index", "tradable": False},
    }
    usual = {"currency": "USD", "asset_class": "etf", "exchange": "DT-X"}
    return {
        "exchanges": {
            "DT-X": {"name": "Stocks", "calendar": "XNYS", "timezone": "America/New_York"},
            "DT-C": {"name": "Coins", "calendar": "24/7", "timezone": "UTC"},
        },
        "groups": {"everything": sorted(symbols)},
        "instruments": {symbol: {"name": symbol, **usual, **kinds.get(symbol, {})} for symbol in symbols},
        "indicators": {"DT-RATE": {"name": "A rate", "unit": "percent", "frequency": "monthly"}},
    }


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Write universe.yaml and sources.yaml of a test: ``configure(symbols, bars=..., macro=..., ...)``."""
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    monkeypatch.setitem(registry.CLIENTS, "scripted", "tests.tetra.data.scripted_source:ScriptedSource")

    def write(*symbols: str, sources: dict[str, Any] | None = None, **scripted: Any) -> None:
        names = list(sources or {"scripted": None})
        content = {
            "kinds": {
                "bars": {"sources": names, "required": True},
                "macro": {"sources": names, "required": False},
            },
            "sources": sources or {"scripted": scripted},
        }
        (tmp_path / "sources.yaml").write_text(yaml.safe_dump(content))
        (tmp_path / "universe.yaml").write_text(yaml.safe_dump(own_universe(*symbols)))

    return write


@pytest.fixture
def writer(connection: Any, owner_connection: Any) -> Iterator[Any]:
    """The writer's connection; afterwards nothing of these tests is left, and others' instruments are active."""
    owner = owner_connection
    active = [row[0] for row in owner.execute("select symbol from market_data.instruments where is_active")]
    owner.commit()
    try:
        yield connection
    finally:
        connection.rollback()
        for table, column in (
            ("quality.gaps", "symbol"),
            ("quality.coverage", "symbol"),
            ("market_data.corporate_actions", "symbol"),
            ("market_data.ohlcv", "symbol"),
            ("economic_data.releases", "series_id"),
            ("economic_data.indicators", "series_id"),
            ("quality.rejected_records", "record_key"),
            ("quality.validation_results", "slice_key"),
            ("market_data.instruments", "symbol"),
            ("market_data.exchanges", "exchange"),
        ):
            owner.execute(f"delete from {table} where {column} like 'DT-%'")
        owner.execute("update market_data.instruments set is_active = true where symbol = any(%s)", [active])
        owner.commit()
