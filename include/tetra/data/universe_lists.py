"""Lists of instruments that a user keeps as a table: ``instrument_lists`` of ``universe.yaml``, read row by row.

A list is a CSV with a header (plain, or in xz, gz or zip) in a local folder or at an fsspec URL. A symbol that stands
in it twice is one instrument; a row that cannot be one is an error that names its line, as a wrong entry of the YAML
is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import fsspec

from tetra.configuration import check_choice, check_keys
from tetra.data.universe_entries import (
    check_list,
    check_mapping,
    check_market,
    check_set_name,
    check_symbol,
    check_text,
)
from tetra.data.universe_types import GICS_SECTORS, Instrument
from tetra.errors import SettingsError, SourceError
from tetra.settings import CHECKOUT
from tetra.sources.file_unpacking import unpack


@dataclass(frozen=True)
class InstrumentList:
    """What one list holds.

    Parameters
    ----------
    instruments : mapping of str to Instrument
        By symbol, in the order of the list; their groups are left open.
    groups : tuple of str
        Groups that all of them are in.
    """

    instruments: Mapping[str, Instrument]
    groups: tuple[str, ...]


def read_instrument_list(name: str, block: Any, exchanges: Collection[str]) -> InstrumentList:
    """Return the instruments of one list.

    Parameters
    ----------
    name : str
        Of the list, for messages.
    block : object
        As parsed from ``universe.yaml``.
    exchanges : collection of str
        Codes of the exchanges there are.

    Raises
    ------
    SettingsError
        If the block is malformed, the file cannot be read, or a row is no instrument; the message names file and line.
    """
    where = f"universe.yaml, instrument_lists.{name}"
    check_keys(
        where,
        block,
        required={"path", "columns", "asset_class", "exchange", "currency"},
        optional={"groups"},
    )
    check_market(where, block, exchanges)
    columns = block["columns"]
    check_keys(f"{where}, columns", columns, required={"symbol"}, optional={"name", "sector"})
    groups = tuple(check_set_name("groups", group) for group in check_list(where, "groups", block.get("groups", [])))
    path = check_text(where, "path", block["path"])
    instruments: dict[str, Instrument] = {}
    for line, row in _rows(where, path, columns):
        instrument = _instrument(f"{where}: {path}, line {line}", row, block)
        instruments.setdefault(instrument.symbol, instrument)
    if not instruments:
        raise SettingsError(f"{where}: {path} has no row below its header; correct the path or remove the list")
    return InstrumentList(instruments, groups)


def read_instrument_lists(content: Any, exchanges: Collection[str]) -> list[InstrumentList]:
    """Return all lists of the file, in its order; raises as :func:`read_instrument_list` does."""
    blocks = check_mapping("universe.yaml, instrument_lists", content)
    return [read_instrument_list(name, block, exchanges) for name, block in blocks.items()]


def _rows(where: str, path: str, columns: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """Return line and fields, by role, of each row that is not blank."""
    reader = csv.reader(io.StringIO(_text(where, path)))
    header = next(reader, [])
    for role, column in columns.items():
        check_choice(f"{where}: {path}, columns.{role}", "column", column, header)
    positions = {role: header.index(column) for role, column in columns.items()}
    rows = []
    for fields in reader:
        if not any(field.strip() for field in fields):
            continue
        if len(fields) != len(header):
            place = f"{path}, line {reader.line_num}"
            raise SettingsError(f"{where}: {place} has {len(fields)} fields, the header {len(header)}; correct the row")
        rows.append((reader.line_num, {role: fields[position].strip() for role, position in positions.items()}))
    return rows


def _text(where: str, path: str) -> str:
    located = path if "://" in path else str(CHECKOUT / path)
    try:
        with fsspec.open(located, "rb") as file:
            return unpack(file.read(), path).decode("utf-8-sig")
    except (OSError, ImportError, ValueError, SourceError) as error:
        raise SettingsError(f"{where}: {path} cannot be read: {error}; correct the path or the file") from error


def _instrument(where: str, row: Mapping[str, str], block: Mapping[str, Any]) -> Instrument:
    symbol = row["symbol"]
    check_symbol(f"{where}, {symbol!r}", symbol)
    sector = row.get("sector") or None
    if sector is not None:
        check_choice(where, "sector", sector, GICS_SECTORS)
    return Instrument(
        symbol=symbol,
        name=row.get("name") or symbol,
        asset_class=block["asset_class"],
        exchange=block["exchange"],
        currency=block["currency"],
        sector=sector,
        is_tradable=True,
        groups=(),
        vendor_tickers={},
    )
