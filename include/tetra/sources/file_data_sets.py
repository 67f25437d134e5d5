"""Where files lie and what they may serve: the data sets of ``sources.yaml``, checked against their layouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tetra.configuration import check_choice, check_keys
from tetra.errors import SettingsError
from tetra.sources.base import DataKind
from tetra.sources.layouts import FACTOR_ROLES, RECORD_ROLES, WIDE_EARNINGS_ROLES, Layout, check_timezone

ARCHIVE_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz")

_NEEDED: Mapping[DataKind, tuple[tuple[str, ...], ...]] = {
    "bars": (("date",), ("close",)),
    "hourly_bars": (("date",), ("close",)),
    "actions": (("date",), ("dividend", "split", "price_factor")),
    "macro": (("date",), ("value",)),
    "news": (("headline",), ("published_on", "published_at")),
    "earnings": (("symbol",), ("announced_on", "announced_quarter", "year")),
    "economic_events": (("event_name",), ("country",), ("event_date", "event_at")),
    "geopolitical_events": (("event_id",), ("name",), ("category",), ("started_on",), ("reference",)),
    "security_events": (("event_id",), ("name",), ("category",), ("disclosed_on",), ("reference",)),
    "index_membership": (("index_name",), ("ticker",), ("valid_from",)),
}
"""Per kind the roles that a data set must have, by its layout or as constants: one of each."""


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
    kind : str
        Kind of data.
    since : mapping of str to date
        Of bars, actions and macro, per symbol the first day that is its own: tickers are given away again.
    constants : mapping of str to str
        Of records, per role a value that holds for every one.
    """

    name: str
    path: str
    layout: Layout
    symbols: frozenset[str] | None
    last_day: date | None
    kind: DataKind
    since: Mapping[str, date] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """As landed rows name it."""
        return f"files:{self.name}"


def parse_data_sets(kind: DataKind, blocks: Any, layouts: Mapping[str, Layout]) -> list[DataSet]:
    """Return the data sets of one kind as configured, in their order; raises as :func:`parse_data_set` does."""
    if not isinstance(blocks, Mapping | None):
        raise SettingsError(f"sources.yaml, files.{kind}: expected a mapping of data sets by name, found {blocks!r}")
    return [parse_data_set(kind, str(name), block, layouts) for name, block in (blocks or {}).items()]


def parse_data_set(kind: DataKind, name: str, block: Any, layouts: Mapping[str, Layout]) -> DataSet:
    """Return a data set as configured.

    Raises
    ------
    SettingsError
        If a key or value is none of the known, or its layout lacks a role that its kind needs.
    """
    where = f"sources.yaml, files.{kind}.{name}"
    of_records = kind in RECORD_ROLES
    own = {"constants"} if of_records else {"symbols", "since"}
    check_keys(where, block, required={"path", "layout"}, optional={"last_day", "timezone", *own})
    check_choice(where, "layout", block["layout"], layouts)
    layout = layouts[block["layout"]]
    if block.get("timezone") is not None:
        check_timezone(where, block["timezone"])
        layout = replace(layout, timezone=block["timezone"])
    last_day = block.get("last_day")
    if last_day is not None and type(last_day) is not date:
        raise SettingsError(f"{where}: last_day {last_day!r} is not a date such as 2021-04-21")
    constants = _constants(where, kind, block.get("constants", {}), layout) if of_records else {}
    _check_roles(where, kind, layout, constants)
    path = _path(where, block["path"])
    symbols = None if of_records else _symbols(where, block.get("symbols"), path)
    return DataSet(name, path, layout, symbols, last_day, kind, _since(where, block.get("since", {})), constants)


def _path(where: str, given: Any) -> str:
    folder, _, file_name = str(given).rpartition("/")
    if "{" in folder or "*" in folder or not file_name:
        raise SettingsError(f"{where}: path {given!r} must end in a file's name, and only that may vary")
    return str(given)


def _symbols(where: str, symbols: Any, path: str) -> frozenset[str] | None:
    if symbols is not None and (not isinstance(symbols, list) or not all(isinstance(one, str) for one in symbols)):
        raise SettingsError(f"{where}: symbols must be a list of texts (quote ON, NO and the like), found {symbols!r}")
    if "{" not in path and (symbols is None or len(symbols) != 1):
        raise SettingsError(f"{where}: a path without {{symbol}} is one file; name its one symbol under symbols")
    if path.endswith(ARCHIVE_ENDINGS):
        raise SettingsError(f"{where}: {path!r} is an archive; archives are read for news and events, not for series")
    return None if symbols is None else frozenset(symbols)


def _since(where: str, block: Any) -> dict[str, date]:
    if not isinstance(block, dict) or not all(isinstance(one, str) and type(block[one]) is date for one in block):
        raise SettingsError(
            f"{where}: since must give symbols their first day, such as FB: 2012-05-18, found {block!r}"
        )
    return dict(block)


def _constants(where: str, kind: DataKind, block: Any, layout: Layout) -> dict[str, str]:
    check_keys(f"{where}.constants", block, required=(), optional=RECORD_ROLES[kind])
    for role, value in block.items():
        if role in layout.columns:
            raise SettingsError(f"{where}.constants: {role!r} is a column of layout {layout.name!r} too; remove one")
        if isinstance(value, bool) or not isinstance(value, str | int | float | date):
            raise SettingsError(f"{where}.constants: {role} must be a text or number (quote NO, ON), found {value!r}")
    return {role: str(value) for role, value in block.items()}


def _check_roles(where: str, kind: DataKind, layout: Layout, constants: Mapping[str, str]) -> None:
    given = {*layout.columns, *constants}
    for choices in _NEEDED[kind]:
        if not given.intersection(choices):
            words = " or ".join(repr(role) for role in choices)
            raise SettingsError(f"{where}: layout {layout.name!r} has no column for {words}; add it")
    if kind in RECORD_ROLES:
        for role in sorted(layout.columns):
            check_choice(f"{where}, layout {layout.name!r}", f"role of {kind}", role, RECORD_ROLES[kind])
    if kind in ("bars", "hourly_bars") and layout.price_basis is None:
        raise SettingsError(f"{where}: layout {layout.name!r} has no price_basis; say raw, split or total")
    of_moments = kind == "hourly_bars" or {"published_at", "event_at"} & set(layout.columns)
    if of_moments and layout.timezone is None:
        raise SettingsError(f"{where}: layout {layout.name!r} has no timezone; say which zone its times of day are in")
    if kind == "actions" and "price_factor" in given and not given.issuperset(FACTOR_ROLES):
        raise SettingsError(f"{where}: factors need columns for {', '.join(FACTOR_ROLES)}; add what is missing")
    if "year" in given and not given.intersection(WIDE_EARNINGS_ROLES):
        raise SettingsError(f"{where}: a year needs columns such as 'eps_reported_q1'; add them, or give a day")
    if "valid_to" in layout.columns and layout.end_is is None:
        raise SettingsError(f"{where}: layout {layout.name!r} has valid_to; say end_is: first_day_out or last_day")
