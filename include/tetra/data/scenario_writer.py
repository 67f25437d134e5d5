"""Writes scenarios: each whole, over the one of its as-of date and name, several in one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg

from tetra.data.bulk import Column, PgType, copy_columns
from tetra.data.prices import FIELDS
from tetra.data.statements import statement
from tetra.scenarios.scenario import Check, Scenario
from tetra.typing import BoolArray, FloatArray


@dataclass(frozen=True)
class MadeScenario:
    """A scenario ready to be written.

    Parameters
    ----------
    scenario : Scenario
    checks : tuple of Check
        On its paths.
    input_hash : str
        Of the prices, configuration and seed it was made from.
    """

    scenario: Scenario
    checks: tuple[Check, ...]
    input_hash: str


def replace_scenarios(
    connection: psycopg.Connection[Any],
    made: Sequence[MadeScenario],
    *,
    as_of: date,
    code_hash: str,
) -> int:
    """Write scenarios over those of their as-of date and names, in one transaction.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``.
    made : sequence of MadeScenario
        Of different names.
    as_of : date
    code_hash : str
        Of the code that made them.

    Returns
    -------
    int
        Rows written: definitions, symbols, paths and validations.
    """
    with connection.transaction():
        _delete(connection, as_of, [entry.scenario.name for entry in made])
        records = _write_definitions(connection, made, as_of=as_of, code_hash=code_hash)
        records += _write_symbols(connection, made, as_of)
        records += _write_paths(connection, made, as_of)
        return records + _write_checks(connection, made, as_of)


def delete_scenarios(connection: psycopg.Connection[Any], *, as_of: date, names: Sequence[str]) -> list[str]:
    """Delete scenarios of an as-of date with all that belongs to them; return their names, sorted."""
    with connection.transaction():
        return _delete(connection, as_of, names)


DEFINITION_TYPES: dict[str, PgType] = {
    "start_date": "date",
    "end_date": "date",
    "sessions": "date[]",
    "warmup_start": "date",
    "warmup_end": "date",
    "seed": "int8",
    "expected_return": "float8",
    "volatility_multiplier": "float8",
    "parameters": "jsonb",
    "key_events": "jsonb",
    "affected_symbols": "text[]",
    "commission_multiplier": "float4[]",
    "spread_multiplier": "float4[]",
}
"""Columns that are not text."""


def _rows_or_null(field: FloatArray) -> list[FloatArray | None]:
    has_value: BoolArray = np.logical_or.reduce(np.isfinite(field), axis=1)
    return [row if held else None for row, held in zip(field, has_value, strict=True)]


def _delete(connection: psycopg.Connection[Any], as_of: date, names: Sequence[str]) -> list[str]:
    rows = connection.execute(statement("delete_scenarios"), {"as_of": as_of, "names": list(names)}).fetchall()
    return sorted(row[0] for row in rows)


def _write(
    connection: psycopg.Connection[Any], table: str, as_of: date, names: Sequence[str], columns: Sequence[Column]
) -> int:
    keys = [Column("as_of", "date", [as_of] * len(names)), Column("scenario_name", "text", names)]
    return copy_columns(connection, table=("scenarios", table), columns=[*keys, *columns])


def _write_symbols(connection: psycopg.Connection[Any], made: Sequence[MadeScenario], as_of: date) -> int:
    rows = [(entry.scenario.name, symbol) for entry in made for symbol in entry.scenario.coverage]
    columns = [
        Column("symbol", "text", [symbol.symbol for _, symbol in rows]),
        Column("is_included", "bool", [symbol.is_included for _, symbol in rows]),
        Column("coverage", "float8", [symbol.coverage for _, symbol in rows]),
        Column("reason", "text", [symbol.reason for _, symbol in rows]),
    ]
    return _write(connection, "symbols", as_of, [name for name, _ in rows], columns)


def _write_paths(connection: psycopg.Connection[Any], made: Sequence[MadeScenario], as_of: date) -> int:
    names: list[str] = []
    symbols: list[str] = []
    fields: dict[str, list[FloatArray | None]] = {name: [] for name in FIELDS}
    for entry in made:
        scenario = entry.scenario
        if scenario.bars is None:
            continue
        names += [scenario.name] * len(scenario.symbols)
        symbols += scenario.symbols
        for name in FIELDS:
            fields[name] += _rows_or_null(getattr(scenario.bars, name))
    columns = [Column("symbol", "text", symbols), *(Column(name, "float4[]", fields[name]) for name in FIELDS)]
    return _write(connection, "paths", as_of, names, columns) if names else 0


def _write_checks(connection: psycopg.Connection[Any], made: Sequence[MadeScenario], as_of: date) -> int:
    rows = [(entry.scenario.name, check) for entry in made for check in entry.checks]
    columns = [
        Column("check_name", "text", [check.check_name for _, check in rows]),
        Column("status", "text", [check.status for _, check in rows]),
        Column("observed", "float8", [check.observed for _, check in rows]),
        Column("lower_bound", "float8", [check.lower_bound for _, check in rows]),
        Column("upper_bound", "float8", [check.upper_bound for _, check in rows]),
    ]
    return _write(connection, "validations", as_of, [name for name, _ in rows], columns) if rows else 0


def _write_definitions(
    connection: psycopg.Connection[Any], made: Sequence[MadeScenario], *, as_of: date, code_hash: str
) -> int:
    rows = [_definition(entry) | {"code_hash": code_hash} for entry in made]
    columns = [Column(name, DEFINITION_TYPES.get(name, "text"), [row[name] for row in rows]) for name in rows[0]]
    return _write(connection, "definitions", as_of, [entry.scenario.name for entry in made], columns)


def _definition(made: MadeScenario) -> dict[str, Any]:
    scenario = made.scenario
    warmup = scenario.warmup
    return {
        "scenario_type": scenario.scenario_type,
        "scenario_family": scenario.family,
        "status": scenario.status,
        "reason": scenario.reason,
        "start_date": scenario.start_date,
        "end_date": scenario.end_date,
        "sessions": scenario.sessions,
        "warmup_start": warmup[0] if warmup.size else None,
        "warmup_end": warmup[-1] if warmup.size else None,
        "seed": scenario.seed,
        "expected_return": scenario.expected_return,
        "volatility_multiplier": scenario.volatility_multiplier,
        "parameters": json.dumps(scenario.parameters, sort_keys=True),
        "key_events": json.dumps(scenario.key_events),
        "affected_symbols": scenario.affected_symbols,
        "commission_multiplier": scenario.commission_multiplier,
        "spread_multiplier": scenario.spread_multiplier,
        "input_hash": made.input_hash,
    }
