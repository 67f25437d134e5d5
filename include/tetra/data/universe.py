"""The instruments and macro series of ``universe.yaml``: read, checked, and kept in step with their tables.

Writes ``market_data.exchanges``, ``market_data.instruments`` and ``economic_data.indicators``. What the file
names no more stays in its table as inactive, and its bars stay with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import psycopg

from tetra.configuration import check_keys
from tetra.data.statements import statement
from tetra.data.universe_entries import (
    check_list,
    check_mapping,
    check_set_name,
    exchange_entry,
    index_entry,
    indicator_entry,
    instrument_entry,
)
from tetra.data.universe_lists import InstrumentList, read_instrument_lists
from tetra.data.universe_types import Exchange, Index, Indicator, Instrument, Universe
from tetra.errors import SettingsError, unknown_value
from tetra.settings import load_yaml

__all__ = ["Exchange", "Index", "Indicator", "Instrument", "Universe", "load_universe", "synchronise"]


def load_universe() -> Universe:
    """Return the universe as configured.

    Returns
    -------
    Universe
        The instruments that the file names, then those that only its ``instrument_lists`` have, the first list first.

    Raises
    ------
    SettingsError
        If the file is malformed; the message names the entry, and the nearest valid value where there is one.
    """
    content = load_yaml("universe.yaml")
    check_keys(
        "universe.yaml",
        content,
        required={"exchanges", "groups", "instruments", "indicators"},
        optional={"indices", "instrument_lists"},
    )
    blocks = {name: check_mapping(f"universe.yaml, {name}", block) for name, block in content.items()}
    exchanges = {code: exchange_entry(code, block) for code, block in blocks["exchanges"].items()}
    indices = {name: index_entry(name, block) for name, block in blocks.get("indices", {}).items()}
    indicators = {series_id: indicator_entry(series_id, block) for series_id, block in blocks["indicators"].items()}
    lists = read_instrument_lists(blocks.get("instrument_lists", {}), exchanges)
    instruments = {
        symbol: instrument_entry(symbol, block, exchanges) for symbol, block in blocks["instruments"].items()
    }
    for item in lists:
        for symbol, instrument in item.instruments.items():
            instruments.setdefault(symbol, instrument)
    groups = _groups(blocks["groups"], instruments, lists, indices)
    _check_tickers(instruments)
    return Universe(exchanges, _grouped(instruments, groups), indicators, groups, indices)


def synchronise(connection: psycopg.Connection[Any], universe: Universe) -> int:
    """Bring the tables of exchanges, instruments and indicators in step, in one transaction.

    Returns
    -------
    int
        Rows written; 0 when the tables were in step.
    """
    exchanges = [vars(exchange) for exchange in universe.exchanges.values()]
    instruments = [
        {
            **vars(item),
            "groups": list(item.groups),
            "vendor_tickers": json.dumps(dict(item.vendor_tickers)),
            "former_tickers": list(item.former_tickers),
        }
        for item in universe.instruments.values()
    ]
    indicators = [vars(indicator) for indicator in universe.indicators.values()]
    with connection.transaction(), connection.cursor() as cursor:
        # runs of a backfill start together: the second waits, and finds nothing to do
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('market_data.instruments', 0))")
        written = 0
        for name, rows in (
            ("upsert_exchanges", exchanges),
            ("upsert_instruments", instruments),
            ("upsert_macro_indicators", indicators),
        ):
            cursor.executemany(statement(name), rows)
            written += cursor.rowcount
        cursor.execute(statement("deactivate_instruments"), {"symbols": list(universe.instruments)})
        written += cursor.rowcount
        cursor.execute(statement("deactivate_macro_indicators"), {"series_ids": list(universe.indicators)})
        return written + cursor.rowcount


def _groups(
    content: Mapping[Any, Any],
    instruments: Mapping[str, Instrument],
    lists: Iterable[InstrumentList],
    indices: Mapping[str, Index],
) -> dict[str, tuple[str, ...]]:
    """Return the symbols of each group: those it names, and those of the lists that belong to it."""
    members: dict[str, set[str]] = {}
    for name, symbols in content.items():
        where = f"universe.yaml, groups.{check_set_name('groups', name)}"
        for symbol in check_list(where, "it", symbols):
            if not isinstance(symbol, str) or symbol not in instruments:
                raise SettingsError(f"{where}: {unknown_value('symbol', str(symbol), instruments)}")
        members[name] = set(symbols)
    for item in lists:
        for name in item.groups:
            members.setdefault(name, set()).update(item.instruments)
    for name in members:
        if name in indices:
            raise SettingsError(f"universe.yaml: {name!r} is a group and an index; rename one")
    return {name: tuple(sorted(symbols)) for name, symbols in members.items()}


def _grouped(instruments: Mapping[str, Instrument], groups: Mapping[str, tuple[str, ...]]) -> dict[str, Instrument]:
    of: dict[str, list[str]] = {symbol: [] for symbol in instruments}
    for name, symbols in groups.items():
        for symbol in symbols:
            of[symbol].append(name)
    return {symbol: replace(item, groups=tuple(sorted(of[symbol]))) for symbol, item in instruments.items()}


def _check_tickers(instruments: Mapping[str, Instrument]) -> None:
    """Check that no source would be asked for one ticker twice, and no ticker was two instruments' before."""
    sources = {source for item in instruments.values() for source in item.vendor_tickers}
    for source in sorted(sources):
        tickers = ((item.vendor_tickers.get(source, symbol), symbol) for symbol, item in instruments.items())
        _check_owners(f"ticker of source {source!r}", tickers)
    _check_owners(
        "former ticker", ((ticker, symbol) for symbol, item in instruments.items() for ticker in item.former_tickers)
    )


def _check_owners(what: str, tickers: Iterable[tuple[str, str]]) -> None:
    owners: dict[str, str] = {}
    for ticker, symbol in tickers:
        owner = owners.setdefault(ticker, symbol)
        if owner != symbol:
            raise SettingsError(
                f"universe.yaml: {ticker!r} is the {what} of both {owner} and {symbol}; correct one, or remove it"
            )
