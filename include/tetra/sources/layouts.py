"""How files of prices and macro series are laid out: the ``layouts`` and data sets of ``sources.yaml``, checked.

A layout says which column plays which role, how dates and prices are written and what the prices are; a data
set says where its files lie and which symbols it may serve. Reading itself is in
:mod:`tetra.sources.file_reading`.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias, get_args

from tetra.configuration import check_choice, check_keys
from tetra.errors import SettingsError
from tetra.sources.base import PriceBasis

ColumnChoice: TypeAlias = tuple[str | int, ...]

PRICE_ROLES = ("open", "high", "low", "close", "adjusted_close")
BAR_ROLES = ("date", *PRICE_ROLES, "volume", "dividend", "split")
MACRO_ROLES = ("date", "released_on", "value")
DividendShares: TypeAlias = Literal["traded", "latest"]


@dataclass(frozen=True)
class Layout:
    """One way of writing a file.

    Parameters
    ----------
    name : str
        As ``sources.yaml`` calls it.
    columns : mapping of str to tuple
        Per role the names that its column may have, or its position from 0; the first that the file has is
        taken. ``{symbol}`` in a name stands for the ticker.
    header : bool
        Whether the first line names the columns; without one, positions are needed.
    separator : str
        Between fields.
    date_format : str or None
        For ``strptime``; None for ISO 8601.
    timezone : str or None
        Of the exchange: dates written with an offset are told in it. Dates without one are exchange-local.
    missing : tuple of str
        Words for "no value" beside the empty field, NaN and null.
    price_basis : str or None
        Of bars: ``raw``, ``split`` or ``total``. With ``total`` and a column for ``adjusted_close``, open to
        close are taken as raw and multiplied by adjusted close over close.
    price_divisor : float
        What written prices are divided by.
    dividend_shares : str
        ``traded``: a dividend is per share of its own day. ``latest``: per share after all splits of the file.
    """

    name: str
    columns: Mapping[str, ColumnChoice]
    header: bool = True
    separator: str = ","
    date_format: str | None = None
    timezone: str | None = None
    missing: tuple[str, ...] = ()
    price_basis: PriceBasis | None = None
    price_divisor: float = 1.0
    dividend_shares: DividendShares = "traded"


@dataclass(frozen=True)
class DataSet:
    """Files of one layout.

    Parameters
    ----------
    name : str
        As landed rows name it, after ``files:``.
    path : str
        Path or fsspec URL; relative paths start at the checkout. In the file's name ``{symbol}`` stands for the
        ticker, ``{symbol_lower}`` for it in lower case, ``*`` for anything.
    layout : Layout
        How they are written.
    symbols : frozenset of str or None
        Symbols (or series) it may serve; None for every one with a file.
    last_day : date or None
        Last day of a folder that grows no more.
    """

    name: str
    path: str
    layout: Layout
    symbols: frozenset[str] | None
    last_day: date | None


def parse_layout(name: str, block: Any) -> Layout:
    """Return a layout as configured.

    Raises
    ------
    SettingsError
        If a key, role or value is none of the known; the message names the nearest.
    """
    where = f"sources.yaml, files.layouts.{name}"
    optional = set(Layout.__dataclass_fields__) - {"name", "columns"}
    check_keys(where, block, required={"columns"}, optional=optional)
    values = {key: value for key, value in block.items() if key != "columns"}
    check_keys(f"{where}.columns", block["columns"], required={"date"}, optional={*BAR_ROLES, *MACRO_ROLES})
    columns = {role: _choice(f"{where}.columns.{role}", given) for role, given in block["columns"].items()}
    if "price_basis" in values:
        check_choice(where, "price basis", values["price_basis"], get_args(PriceBasis))
    if "dividend_shares" in values:
        check_choice(where, "dividend_shares", values["dividend_shares"], get_args(DividendShares))
    if values.get("timezone") is not None:
        check_choice(where, "time zone", values["timezone"], zoneinfo.available_timezones())
    values["missing"] = tuple(str(word) for word in values.get("missing", ()))
    divisor = values.get("price_divisor", 1.0)
    if isinstance(divisor, bool) or not isinstance(divisor, int | float) or not divisor > 0:
        raise SettingsError(f"{where}: price_divisor must be a number above 0, found {divisor!r}")
    layout = Layout(name=name, columns=columns, **values)
    if not layout.header and any(isinstance(one, str) for choice in columns.values() for one in choice):
        raise SettingsError(f"{where}: without a header give positions (0, 1, ...) for columns, not names")
    return layout


def parse_data_set(kind: Literal["bars", "macro"], name: str, block: Any, layouts: Mapping[str, Layout]) -> DataSet:
    """Return a data set as configured.

    Raises
    ------
    SettingsError
        If a key or value is none of the known, or its layout lacks a role that its kind needs.
    """
    where = f"sources.yaml, files.{kind}.{name}"
    check_keys(where, block, required={"path", "layout"}, optional={"symbols", "last_day"})
    check_choice(where, "layout", block["layout"], layouts)
    layout = layouts[block["layout"]]
    needed = "close" if kind == "bars" else "value"
    if needed not in layout.columns:
        raise SettingsError(f"{where}: layout {layout.name!r} has no column for {needed!r}; add it")
    if kind == "bars" and layout.price_basis is None:
        raise SettingsError(f"{where}: layout {layout.name!r} has no price_basis; say raw, split or total")
    folder, _, file_name = str(block["path"]).rpartition("/")
    if "{" in folder or not file_name:
        raise SettingsError(f"{where}: path {block['path']!r} must end in a file's name, and only that may vary")
    if file_name.endswith((".parquet", ".pq")):
        raise SettingsError(f"{where}: {block['path']!r} is Parquet, which no locked package reads; give CSV")
    symbols = block.get("symbols")
    if symbols is not None and (not isinstance(symbols, list) or not all(isinstance(one, str) for one in symbols)):
        raise SettingsError(f"{where}: symbols must be a list of texts (quote ON, NO and the like), found {symbols!r}")
    if "{" not in file_name and (symbols is None or len(symbols) != 1):
        raise SettingsError(f"{where}: a path without {{symbol}} is one file; name its one symbol under symbols")
    last_day = block.get("last_day")
    if last_day is not None and type(last_day) is not date:
        raise SettingsError(f"{where}: last_day {last_day!r} is not a date such as 2021-04-21")
    return DataSet(name, str(block["path"]), layout, None if symbols is None else frozenset(symbols), last_day)


def _choice(where: str, given: Any) -> ColumnChoice:
    choice = tuple(given) if isinstance(given, list) else (given,)
    for one in choice:
        if isinstance(one, bool) or not isinstance(one, str | int) or (isinstance(one, int) and one < 0):
            raise SettingsError(f"{where}: {one!r} is neither a column's name nor its position from 0")
    if not choice:
        raise SettingsError(f"{where}: no column is named; leave the role out where files have none")
    return choice
