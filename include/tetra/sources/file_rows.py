"""From separated values to rows of text, row by row where quotes or widths go wrong: one bad row costs itself only.

Headlines are full of quotes that no one escaped. Where a file is not written by the rules of CSV throughout, each
line is read alone: by the rules, then together with the lines that a quoted field may go on in, then with its
quotes taken as printed. What still has another number of fields than the rest is set aside.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

import numpy as np
import pandas as pd

from tetra.errors import SourceError
from tetra.sources.file_reading import BadRow
from tetra.sources.file_unpacking import AGAIN
from tetra.sources.layouts import Layout

LONGEST_FIELD_LINES = 50
"""How many lines a quoted field may go on for; beyond, its opening quote is taken for a stray one."""

_UNDECODED = re.compile("[\udc80-\udcff\0]")


def read_rows(content: bytes, layout: Layout, where: str) -> tuple[pd.DataFrame, list[BadRow]]:
    """Return rows of text and what cannot be read.

    Returns
    -------
    DataFrame
        Columns by name, or by position without a header; the index is the line that a row ends on.
    list of BadRow

    Raises
    ------
    SourceError
        If the file is empty or no text.
    """
    text = _decoded(content, layout, where)
    numbered = _by_the_rules(text, layout)
    bad: list[BadRow] = []
    if numbered is None:
        numbered, bad = _line_by_line(text, layout)
    if not numbered:
        raise SourceError(f"{where} is empty; {AGAIN}")
    header = _unique(numbered.pop(0)[1]) if layout.header else None
    if _UNDECODED.search(text):
        numbered, undecoded = _without_undecoded(numbered, layout)
        bad += undecoded
    width = len(header) if header is not None else max((len(row) for _, row in numbered), default=0)
    frame = pd.DataFrame(
        [row for _, row in numbered], index=[line for line, _ in numbered], columns=header or range(width), dtype=object
    )
    return frame, bad


_Numbered = list[tuple[int, list[str]]]


def _decoded(content: bytes, layout: Layout, where: str) -> str:
    errors = "surrogateescape" if layout.encoding.lower() in ("utf-8", "utf8", "ascii") else "strict"
    try:
        return content.decode(layout.encoding, errors).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise SourceError(f"{where} is not {layout.encoding.upper()} text ({error}); {AGAIN}") from error


def _by_the_rules(text: str, layout: Layout) -> _Numbered | None:
    """Return the rows of a file that is CSV throughout, all of one width; None where it is not."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator, strict=True)
    try:
        numbered = [(reader.line_num, row) for row in reader if row]
    except csv.Error:
        return None
    return numbered if len({len(row) for _, row in numbered}) <= 1 else None


def _line_by_line(text: str, layout: Layout) -> tuple[_Numbered, list[BadRow]]:
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    width = _width(lines, layout)
    numbered: _Numbered = []
    bad: list[BadRow] = []
    position = 0
    while position < len(lines):
        row, taken = _row_at(lines, position, width, layout)
        position += taken
        if row is not None:
            numbered.append((position, row))
        elif lines[position - 1]:
            fields = lines[position - 1].split(layout.separator)
            reason = f"the row has {len(fields)} fields, others have {width}, or its quotes do not match"
            bad.append(_bad(fields, position, reason))
    return numbered, bad


def _width(lines: list[str], layout: Layout) -> int:
    """Return how many fields a row has: those of the header, else what most lines have."""
    widths = (len(_fields(line, layout) or line.split(layout.separator)) for line in lines if line)
    return next(widths) if layout.header else Counter(widths).most_common(1)[0][0]


def _row_at(lines: list[str], position: int, width: int, layout: Layout) -> tuple[list[str] | None, int]:
    """Return the row that begins on a line, None where there is none, and how many lines it takes."""
    row = _fields(lines[position], layout)
    if row is None:
        for taken in range(2, LONGEST_FIELD_LINES + 1):
            longer = _fields("\n".join(lines[position : position + taken]), layout)
            if longer is not None and len(longer) == width:
                return longer, taken
        row = lines[position].split(layout.separator)
    return (row if len(row) == width else None), 1


def _fields(line: str, layout: Layout) -> list[str] | None:
    """Return the one row that a text is by the rules of CSV, or None."""
    try:
        rows = list(csv.reader(io.StringIO(line, newline=""), delimiter=layout.separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _without_undecoded(numbered: _Numbered, layout: Layout) -> tuple[_Numbered, list[BadRow]]:
    """Set aside rows with bytes that are no text: a database takes neither them nor a zero byte."""
    reason = f"it has bytes that are not {layout.encoding.upper()}; say encoding: latin-1, or cp1252, if they are that"
    kept: _Numbered = []
    bad: list[BadRow] = []
    for line, row in numbered:
        if any(_UNDECODED.search(text) for text in row):
            bad.append(_bad(row, line, reason))
        else:
            kept.append((line, row))
    return kept, bad


def _bad(fields: list[str], line: int, reason: str) -> BadRow:
    record = {str(position): _UNDECODED.sub("\ufffd", text) for position, text in enumerate(fields)}
    return BadRow(np.datetime64("NaT"), f"line {line}", reason, record)


def _unique(names: list[str]) -> list[str]:
    """Return names of columns, a repeated one told apart by its position."""
    shown = [_UNDECODED.sub("\ufffd", name) for name in names]
    return [name if name not in shown[:at] else f"{name}.{at}" for at, name in enumerate(shown)]
