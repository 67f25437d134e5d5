"""The instruments and macro series of ``universe.yaml``: read, checked, and kept in step with their tables.

Writes ``market_data.exchanges``, ``market_data.instruments`` and ``economic_data.indicators``. What the file
names no more stays in its table as inactive, and its bars stay with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import exchange_calendars
import psycopg

from tetra.configuration import check_choice, check_keys
from tetra.data.statements import statement
from tetra.errors import SettingsError, unknown_value
from tetra.settings import load_yaml

ASSET_CLASSES = ("stock", "etf", "index", "volatility_index", "crypto", "fx", "commodity")
FREQUENCIES = ("daily", "weekly", "monthly", "quarterly")
GICS_SECTORS = (
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
)
"""Sectors of the Global Industry Classification Standard, 2023 revision."""

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.=-]*")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Exchange:
    """A market and the calendar of its sessions."""

    exchange: str
    name: str
    calendar: str
    timezone: str


@dataclass(frozen=True)
class Instrument:
    """One instrument.

    Parameters
    ----------
    symbol : str
        Tetra's own key.
    name, asset_class, exchange, currency : str
        As ``market_data.instruments`` holds them.
    sector : str or None
        GICS sector; every stock has one.
    is_tradable : bool
        False for series nobody trades.
    groups : tuple of str
        Sorted.
    vendor_tickers : mapping of str to str
        Ticker per source where it differs from the symbol.
    """

    symbol: str
    name: str
    asset_class: str
    exchange: str
    currency: str
    sector: str | None
    is_tradable: bool
    groups: tuple[str, ...]
    vendor_tickers: Mapping[str, str]


@dataclass(frozen=True)
class Indicator:
    """One macro series."""

    series_id: str
    name: str
    unit: str
    frequency: str


@dataclass(frozen=True)
class Universe:
    """Everything ``universe.yaml`` names.

    Parameters
    ----------
    exchanges, instruments, indicators : mapping
        By exchange code, symbol and series id.
    groups : mapping of str to tuple of str
        Symbols per group, sorted.
    """

    exchanges: Mapping[str, Exchange]
    instruments: Mapping[str, Instrument]
    indicators: Mapping[str, Indicator]
    groups: Mapping[str, tuple[str, ...]]

    def calendar_of(self, symbol: str) -> str:
        """Return the name of the calendar an instrument trades on."""
        return self.exchanges[self.instruments[symbol].exchange].calendar


def load_universe() -> Universe:
    """Return the universe as configured.

    Raises
    ------
    SettingsError
        If the file is malformed; the message names the entry, and the nearest valid value where there is one.
    """
    content = load_yaml("universe.yaml")
    check_keys("universe.yaml", content, required={"exchanges", "groups", "instruments", "indicators"})
    exchanges = {code: _exchange(code, block) for code, block in content["exchanges"].items()}
    groups = {name: tuple(sorted(members)) for name, members in content["groups"].items()}
    for name, members in groups.items():
        for symbol in members:
            if symbol not in content["instruments"]:
                message = unknown_value("symbol", str(symbol), map(str, content["instruments"]))
                raise SettingsError(f"universe.yaml, groups.{name}: {message}")
    instruments = {
        symbol: _instrument(symbol, block, exchanges, groups) for symbol, block in content["instruments"].items()
    }
    indicators = {series_id: _indicator(series_id, block) for series_id, block in content["indicators"].items()}
    return Universe(exchanges, instruments, indicators, groups)


def synchronise(connection: psycopg.Connection[Any], universe: Universe) -> int:
    """Bring the tables of exchanges, instruments and indicators in step, in one transaction.

    Returns
    -------
    int
        Rows written; 0 when the tables were in step.
    """
    exchanges = [vars(exchange) for exchange in universe.exchanges.values()]
    instruments = [
        {**vars(item), "groups": list(item.groups), "vendor_tickers": json.dumps(dict(item.vendor_tickers))}
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


def _exchange(code: str, block: Any) -> Exchange:
    where = f"universe.yaml, exchanges.{code}"
    check_keys(where, block, required={"name", "calendar", "timezone"})
    calendars = exchange_calendars.get_calendar_names()
    check_choice(where, "calendar", block["calendar"], calendars)
    return Exchange(code, block["name"], block["calendar"], block["timezone"])


def _instrument(
    symbol: str, block: Any, exchanges: Mapping[str, Exchange], groups: Mapping[str, tuple[str, ...]]
) -> Instrument:
    where = f"universe.yaml, instruments.{symbol}"
    if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol):
        # YAML reads a bare ON, NO or TRUE as a truth value
        raise SettingsError(f"{where}: a symbol is text of A-Z, 0-9, '.', '=' and '-'; quote what YAML reads otherwise")
    check_keys(
        where,
        block,
        required={"name", "asset_class", "exchange", "currency"},
        optional={"sector", "tradable", "vendor_tickers"},
    )
    check_choice(where, "asset class", block["asset_class"], ASSET_CLASSES)
    check_choice(where, "exchange", block["exchange"], exchanges)
    sector = block.get("sector")
    if sector is not None:
        check_choice(where, "sector", sector, GICS_SECTORS)
    elif block["asset_class"] == "stock":
        raise SettingsError(f"{where}: a stock needs a sector, one of {', '.join(GICS_SECTORS)}")
    if not _CURRENCY.fullmatch(str(block["currency"])):
        raise SettingsError(f"{where}: currency {block['currency']!r} is not an ISO 4217 code such as USD")
    tradable = block.get("tradable", True)
    if not isinstance(tradable, bool):
        raise SettingsError(f"{where}: tradable must be true or false, found {tradable!r}")
    return Instrument(
        symbol=symbol,
        name=block["name"],
        asset_class=block["asset_class"],
        exchange=block["exchange"],
        currency=block["currency"],
        sector=sector,
        is_tradable=tradable,
        groups=tuple(sorted(name for name, members in groups.items() if symbol in members)),
        vendor_tickers=block.get("vendor_tickers", {}),
    )


def _indicator(series_id: str, block: Any) -> Indicator:
    where = f"universe.yaml, indicators.{series_id}"
    check_keys(where, block, required={"name", "unit", "frequency"})
    check_choice(where, "frequency", block["frequency"], FREQUENCIES)
    return Indicator(series_id, block["name"], block["unit"], block["frequency"])
