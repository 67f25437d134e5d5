"""The entries of ``universe.yaml``, one by one: checked, and named with their place where they are wrong."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

import exchange_calendars

from tetra.configuration import check_choice, check_keys
from tetra.data.universe_types import (
    ASSET_CLASSES,
    FREQUENCIES,
    GICS_SECTORS,
    Exchange,
    Index,
    Indicator,
    Instrument,
)
from tetra.errors import SettingsError, unknown_value
from tetra.sources.registry import CLIENTS

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.=-]*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SET_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check_symbol(where: str, symbol: Any) -> str:
    """Return a symbol.

    Raises
    ------
    SettingsError
        If it is no text of A-Z, 0-9, '.', '=' and '-'.
    """
    if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol):
        # YAML reads a bare ON, NO or TRUE as a truth value
        raise SettingsError(f"{where}: a symbol is text of A-Z, 0-9, '.', '=' and '-'; quote what YAML reads otherwise")
    return symbol


def check_text(where: str, key: str, value: Any) -> str:
    """Return a text.

    Raises
    ------
    SettingsError
        If it is blank, or something else.
    """
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{where}: {key} must be text, found {value!r}; quote what YAML reads otherwise")
    return value


def check_set_name(kind: str, name: Any) -> str:
    """Return the name of a group or an index: lower case, so that none can be taken for a symbol.

    Raises
    ------
    SettingsError
        If it is another.
    """
    if not isinstance(name, str) or not _SET_NAME.fullmatch(name):
        raise SettingsError(
            f"universe.yaml, {kind}.{name}: a name here is lower case, digits and underscores, such as largest_etfs"
        )
    return name


def check_mapping(where: str, value: Any) -> Mapping[Any, Any]:
    """Return a mapping.

    Raises
    ------
    SettingsError
        If it is something else.
    """
    if not isinstance(value, dict):
        raise SettingsError(f"{where}: expected a mapping by name, found {value!r}")
    return value


def check_list(where: str, key: str, value: Any) -> list[Any]:
    """Return a list.

    Raises
    ------
    SettingsError
        If it is something else.
    """
    if not isinstance(value, list):
        raise SettingsError(f"{where}: {key} must be a list such as [A, B], found {value!r}")
    return value


def check_market(where: str, block: Mapping[str, Any], exchanges: Collection[str]) -> None:
    """Check asset class, exchange and currency, which instruments and lists of them have in common.

    Raises
    ------
    SettingsError
        If one is unknown; the message offers the nearest valid one.
    """
    check_choice(where, "asset class", block["asset_class"], ASSET_CLASSES)
    check_choice(where, "exchange", block["exchange"], exchanges)
    if not _CURRENCY.fullmatch(str(block["currency"])):
        raise SettingsError(f"{where}: currency {block['currency']!r} is not an ISO 4217 code such as USD")


def exchange_entry(code: str, block: Any) -> Exchange:
    """Return an exchange of the file; raises as :func:`instrument_entry` does."""
    where = f"universe.yaml, exchanges.{code}"
    check_keys(where, block, required={"name", "calendar", "timezone"})
    check_choice(where, "calendar", block["calendar"], exchange_calendars.get_calendar_names())
    _check_time_zone(where, str(block["timezone"]))
    return Exchange(code, check_text(where, "name", block["name"]), block["calendar"], block["timezone"])


def instrument_entry(symbol: Any, block: Any, exchanges: Collection[str]) -> Instrument:
    """Return an instrument of the file, its groups left open.

    Raises
    ------
    SettingsError
        If it is malformed; the message names the entry, and the nearest valid value where there is one.
    """
    where = f"universe.yaml, instruments.{symbol}"
    check_symbol(where, symbol)
    check_keys(
        where,
        block,
        required={"name", "asset_class", "exchange", "currency"},
        optional={"sector", "tradable", "vendor_tickers", "delisted_on", "former_tickers"},
    )
    check_market(where, block, exchanges)
    sector = block.get("sector")
    if sector is not None:
        check_choice(where, "sector", sector, GICS_SECTORS)
    elif block["asset_class"] == "stock":
        raise SettingsError(f"{where}: a stock needs a sector, one of {', '.join(GICS_SECTORS)}")
    tradable = block.get("tradable", True)
    if not isinstance(tradable, bool):
        raise SettingsError(f"{where}: tradable must be true or false, found {tradable!r}")
    return Instrument(
        symbol=symbol,
        name=check_text(where, "name", block["name"]),
        asset_class=block["asset_class"],
        exchange=block["exchange"],
        currency=block["currency"],
        sector=sector,
        is_tradable=tradable,
        groups=(),
        vendor_tickers=_vendor_tickers(where, block.get("vendor_tickers", {})),
        delisted_on=_day(where, "delisted_on", block.get("delisted_on")),
        former_tickers=_former_tickers(where, symbol, block.get("former_tickers", [])),
    )


def indicator_entry(series_id: str, block: Any) -> Indicator:
    """Return a macro series of the file; raises as :func:`instrument_entry` does."""
    where = f"universe.yaml, indicators.{series_id}"
    check_text(where, "its id", series_id)
    check_keys(where, block, required={"name", "unit", "frequency"})
    check_choice(where, "frequency", block["frequency"], FREQUENCIES)
    name, unit = (check_text(where, key, block[key]) for key in ("name", "unit"))
    return Indicator(series_id, name, unit, block["frequency"])


def index_entry(name: Any, block: Any) -> Index:
    """Return an index of the file; raises as :func:`instrument_entry` does."""
    where = f"universe.yaml, indices.{check_set_name('indices', name)}"
    check_keys(where, block, required={"name"})
    return Index(name, check_text(where, "name", block["name"]))


def _vendor_tickers(where: str, block: Any) -> Mapping[str, str]:
    for source, ticker in check_mapping(f"{where}, vendor_tickers", block).items():
        check_choice(f"{where}, vendor_tickers", "source", source, CLIENTS)
        check_text(f"{where}, vendor_tickers", source, ticker)
    return dict(block)


def _former_tickers(where: str, symbol: str, value: Any) -> tuple[str, ...]:
    tickers = tuple(
        check_symbol(f"{where}, former_tickers", item) for item in check_list(where, "former_tickers", value)
    )
    if symbol in tickers:
        raise SettingsError(f"{where}: former_tickers holds {symbol!r} itself; name only tickers it has no more")
    return tuple(sorted(set(tickers)))


def _day(where: str, key: str, value: Any) -> date | None:
    if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
        raise SettingsError(f"{where}: {key} must be a day such as 2022-10-28, found {value!r}")
    return value


def _check_time_zone(where: str, zone: str) -> None:
    if zone not in _time_zones():
        # without the list of all 600, where none is near
        message = unknown_value("time zone", zone, _time_zones()).partition("; valid: ")[0]
        raise SettingsError(f"{where}: {message} (names are those of the IANA database, such as America/New_York)")


@functools.cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
