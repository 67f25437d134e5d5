"""How files are laid out: the ``layouts`` of ``sources.yaml``, checked.

A layout says which column plays which role, how dates and prices are written and what the prices are. Where files
of a layout lie is a data set's to say (:mod:`tetra.sources.file_data_sets`); reading them is in
:mod:`tetra.sources.file_reading` (columns of one symbol) and :mod:`tetra.sources.file_records` (records of many).
"""

from __future__ import annotations

import codecs
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from tetra.configuration import check_choice, check_keys
from tetra.errors import SettingsError
from tetra.sources.base import PriceBasis

ColumnChoice: TypeAlias = tuple[str | int, ...]
DividendShares: TypeAlias = Literal["traded", "latest"]
EndIs: TypeAlias = Literal["first_day_out", "last_day"]

PRICE_ROLES = ("open", "high", "low", "close", "adjusted_close")
BAR_ROLES = ("date", *PRICE_ROLES, "volume", "dividend", "split")
MACRO_ROLES = ("date", "released_on", "value")
FACTOR_ROLES = ("date", "price_factor", "split_factor", "reference_price")
SERIES_ROLES = frozenset({*BAR_ROLES, *MACRO_ROLES, *FACTOR_ROLES})
"""Roles of files that hold one symbol (or series), a row per date."""

DATE_ROLES = frozenset({"date", "released_on"})
QUARTERS = (1, 2, 3, 4)
WIDE_EARNINGS_ROLES = tuple(f"{name}_q{quarter}" for name in ("eps_reported", "eps_estimate") for quarter in QUARTERS)
RECORD_ROLES: Mapping[str, tuple[str, ...]] = {
    "news": (
        "headline", "published_on", "published_at", "symbols", "url", "publisher", "summary", "score", "relevance",
    ),
    "earnings": (
        "symbol", "announced_on", "announced_quarter", "announcement_time", "eps_reported", "eps_estimate", "year",
        *WIDE_EARNINGS_ROLES,
    ),
    "economic_events": (
        "event_name", "event_date", "event_at", "country", "series_ids", "importance", "actual", "forecast",
        "previous", "unit",
    ),
    "geopolitical_events": (
        "event_id", "name", "category", "started_on", "ended_on", "reference", "regions", "symbols", "description",
    ),
    "security_events": (
        "event_id", "name", "category", "disclosed_on", "occurred_on", "reference", "symbols", "description",
    ),
    "index_membership": ("index_name", "ticker", "valid_from", "valid_to"),
}  # fmt: skip
"""Roles of files that hold many records, as the fields of :mod:`tetra.sources.record_types`."""


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
    means : frozenset of str
        Roles whose columns are all taken, and averaged.
    header : bool
        Whether the first line names the columns; without one, positions are needed.
    separator : str
        Between fields.
    encoding : str
        Of the text.
    date_format : str or None
        For ``strptime``; None for ISO 8601.
    timezone : str or None
        Dates written with an offset are told in it, and moments written without one are of it. Without a time of
        day a date is exchange-local.
    missing : tuple of str
        Words for "no value" beside the empty field, NaN and null.
    price_basis : str or None
        Of bars: ``raw``, ``split`` or ``total``. With ``total`` and a column for ``adjusted_close``, open to
        close are taken as raw and multiplied by adjusted close over close.
    price_divisor : float
        What written prices are divided by.
    dividend_shares : str
        ``traded``: a dividend is per share of its own day. ``latest``: per share after all splits of the file.
    list_separator : str
        Between several tickers, series or regions in one field.
    end_is : str or None
        Of index membership, what ``valid_to`` gives: the ``first_day_out`` or the ``last_day`` as a member.
    """

    name: str
    columns: Mapping[str, ColumnChoice]
    means: frozenset[str] = frozenset()
    header: bool = True
    separator: str = ","
    encoding: str = "utf-8"
    date_format: str | None = None
    timezone: str | None = None
    missing: tuple[str, ...] = ()
    price_basis: PriceBasis | None = None
    price_divisor: float = 1.0
    dividend_shares: DividendShares = "traded"
    list_separator: str = ";"
    end_is: EndIs | None = None


def parse_layout(name: str, block: Any) -> Layout:
    """Return a layout as configured.

    Raises
    ------
    SettingsError
        If a key, role or value is none of the known; the message names the nearest.
    """
    where = f"sources.yaml, files.layouts.{name}"
    check_keys(where, block, required={"columns"}, optional=set(Layout.__dataclass_fields__) - {"name", "means"})
    columns, means = _columns(f"{where}.columns", block["columns"])
    values = {key: value for key, value in block.items() if key != "columns"}
    _check_words(where, values)
    values["missing"] = tuple(str(word) for word in values.get("missing", ()))
    divisor = values.get("price_divisor", 1.0)
    if isinstance(divisor, bool) or not isinstance(divisor, int | float) or not divisor > 0:
        raise SettingsError(f"{where}: price_divisor must be a number above 0, found {divisor!r}")
    layout = Layout(name=name, columns=columns, means=means, **values)
    if not layout.header and any(isinstance(one, str) for choice in columns.values() for one in choice):
        raise SettingsError(f"{where}: without a header give positions (0, 1, ...) for columns, not names")
    return layout


def check_timezone(where: str, name: Any) -> None:
    """Check that a time zone is one of the IANA database.

    Raises
    ------
    SettingsError
        If it is not; the message offers the nearest.
    """
    check_choice(where, "time zone", name, zoneinfo.available_timezones())


def _columns(where: str, block: Any) -> tuple[dict[str, ColumnChoice], frozenset[str]]:
    known = SERIES_ROLES.union(*RECORD_ROLES.values())
    of_series = isinstance(block, dict) and any(role in SERIES_ROLES for role in block)
    check_keys(where, block, required={"date"} if of_series else set(), optional=known)
    means = {role for role, given in block.items() if isinstance(given, dict)}
    for role in means:
        check_keys(f"{where}.{role}", block[role], required={"mean"})
        if role not in {*PRICE_ROLES, "volume", "value"}:
            raise SettingsError(f"{where}.{role}: only numbers have a mean; name one column")
    columns = {
        role: _choice(f"{where}.{role}", given["mean"] if role in means else given) for role, given in block.items()
    }
    return columns, frozenset(means)


def _check_words(where: str, values: Mapping[str, Any]) -> None:
    choices = (("price_basis", PriceBasis), ("dividend_shares", DividendShares), ("end_is", EndIs))
    for key, valid in choices:
        if key in values:
            check_choice(where, key.replace("_", " "), values[key], get_args(valid))
    if values.get("timezone") is not None:
        check_timezone(where, values["timezone"])
    for key in ("separator", "list_separator"):
        if key in values and (not isinstance(values[key], str) or len(values[key]) != 1):
            raise SettingsError(f"{where}: {key} must be one character, found {values[key]!r}")
    if not isinstance(values.get("header", True), bool):
        raise SettingsError(f"{where}: header must be true or false, found {values['header']!r}")
    try:
        codecs.lookup(values.get("encoding", "utf-8"))
    except (LookupError, TypeError) as error:
        raise SettingsError(f"{where}: unknown encoding {values['encoding']!r}; utf-8 or latin-1, say") from error


def _choice(where: str, given: Any) -> ColumnChoice:
    choice = tuple(given) if isinstance(given, list) else (given,)
    for one in choice:
        if isinstance(one, bool) or not isinstance(one, str | int) or (isinstance(one, int) and one < 0):
            raise SettingsError(f"{where}: {one!r} is neither a column's name nor its position from 0")
    if not choice:
        raise SettingsError(f"{where}: no column is named; leave the role out where files have none")
    return choice
