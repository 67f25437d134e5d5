"""What ``universe.yaml`` names: exchanges, instruments, macro series, groups and indices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

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
        GICS sector; every stock of ``instruments`` has one, those of a list where the list says it.
    is_tradable : bool
        False for series nobody trades.
    groups : tuple of str
        Sorted.
    vendor_tickers : mapping of str to str
        Ticker per source where it differs from the symbol.
    delisted_on : date or None
        First day it traded no more; None while it trades.
    former_tickers : tuple of str
        Tickers it had before a change of name; its symbol stayed.
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
    delisted_on: date | None = None
    former_tickers: tuple[str, ...] = ()

    def trades_from(self, day: date) -> bool:
        """Return whether it may trade on that day or later."""
        return self.delisted_on is None or day < self.delisted_on


@dataclass(frozen=True)
class Indicator:
    """One macro series."""

    series_id: str
    name: str
    unit: str
    frequency: str


@dataclass(frozen=True)
class Index:
    """An index whose members of any day ``market_data.index_membership`` tells."""

    index_name: str
    name: str


@dataclass(frozen=True)
class Universe:
    """Everything ``universe.yaml`` names.

    Parameters
    ----------
    exchanges, instruments, indicators : mapping
        By exchange code, symbol and series id.
    groups : mapping of str to tuple of str
        Symbols per group, sorted.
    indices : mapping
        By index name.
    """

    exchanges: Mapping[str, Exchange]
    instruments: Mapping[str, Instrument]
    indicators: Mapping[str, Indicator]
    groups: Mapping[str, tuple[str, ...]]
    indices: Mapping[str, Index] = field(default_factory=dict)

    def calendar_of(self, symbol: str) -> str:
        """Return the name of the calendar an instrument trades on."""
        return self.exchanges[self.instruments[symbol].exchange].calendar
