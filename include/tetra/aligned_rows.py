"""Rows of text whose columns stand below each other, for the command line."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def aligned_rows(rows: Sequence[tuple[str, ...]], *, right: Collection[int] = ()) -> list[str]:
    """Return a line per row; columns whose place is in ``right`` are flush right, the others left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
