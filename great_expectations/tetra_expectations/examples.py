"""Which rows failed, by name: Great Expectations gives values and positions; a person wants the symbol and the date."""

from __future__ import annotations

from typing import Any

import pandas as pd
from great_expectations.core import ExpectationValidationResult

EXAMPLES = 5
"""Rows named in a verdict, of as many symbols as there are."""


def describe(item: ExpectationValidationResult, frame: pd.DataFrame, labels: tuple[str, ...]) -> str:
    """Return what an expectation found, and put the names of the rows into the result that Data Docs show.

    Parameters
    ----------
    item : ExpectationValidationResult
        Its result is changed: sampled values get their row's labels.
    frame : DataFrame
        The slice that was judged.
    labels : tuple of str
        Columns that name a row.
    """
    result = item.result
    if "partial_missing_list" in result:
        result["observed_value"] = _without(result)
    if "unexpected_count" not in result:
        return str(result.get("observed_value"))
    rows = _named_rows(result, frame, [label for label in labels if label in frame])
    if rows:
        result["partial_unexpected_list"] = [named for _, named in rows]
        result.pop("partial_unexpected_counts", None)  # Data Docs would show these instead
    return f"{result['unexpected_count']} of {result['element_count']} rows, such as {', '.join(_chosen(rows))}"


def _named_rows(result: dict[str, Any], frame: pd.DataFrame, labels: list[str]) -> list[tuple[str, str]]:
    """Return each sampled row's first label, and the row in words."""
    positions = result.get("partial_unexpected_index_list") or []
    values = result.get("partial_unexpected_list") or []
    rows = []
    for position, value in zip(positions, values, strict=False):
        words = [_words(frame.at[position, label]) for label in labels]
        rows.append((words[0] if words else "", f"{' '.join(words)} ({_words(value)})"))
    return rows


def _chosen(rows: list[tuple[str, str]]) -> list[str]:
    """Return a few rows, of different symbols first."""
    first = dict(reversed(rows))
    others = [named for _, named in rows if named not in first.values()]
    return [*reversed(first.values()), *others][:EXAMPLES]


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(_words(item) for item in value.values())
    if isinstance(value, tuple | list):
        return ", ".join(_words(item) for item in value)
    if isinstance(value, pd.Timestamp):
        return str(value.date()) if value == value.normalize() else f"{value:%Y-%m-%dT%H:%M}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _without(result: dict[str, Any]) -> str:
    missing = sorted(_words(value) for value in result["partial_missing_list"])
    if not missing:
        return "all"
    more = result["missing_count"] - len(missing)
    return f"no row for {', '.join(missing)}" + (f" and {more} more" if more else "")
