"""Writes scenarios: each whole, over the one of its as-of date and name, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import psycopg

from tetra.data.bulk import Column, PgType, copy_columns
from tetra.data.prices import FIELDS
from tetra.data.statements import statement
from tetra.scenarios.scenario import Check, Scenario
from tetra.typing import FloatArray


def replace_scenario(
    connection: psycopg.Connection[Any],
    scenario: Scenario,
    checks: Sequence[Check],
    *,
    as_of: date,
    input_hash: str,
    code_hash: str,
) -> int:
    """Write a scenario over the one of its as-of date and name, in one transaction.

    Returns
    -------
    int
        Rows written: definition, symbols, paths and validations.
    """
    with connection.transaction():
        _delete(connection, as_of, [scenario.name])
        key = (as_of, scenario.name)
        records = _write_definition(connection, scenario, as_of=as_of, input_hash=input_hash, code_hash=code_hash)
        coverage = scenario.coverage
        records += _write(
            connection,
            "symbols",
            key,
            len(coverage),
            Column("symbol", "text", [entry.symbol for entry in coverage]),
            Column("is_included", "bool", [entry.is_included for entry in coverage]),
            Column("coverage", "float8", [entry.coverage for entry in coverage]),
            Column("reason", "text", [entry.reason for entry in coverage]),
        )
        if scenario.bars is not None:
            records += _write(
                connection,
                "paths",
                key,
                len(scenario.symbols),
                Column("symbol", "text", scenario.symbols),
                *(Column(name, "float4[]", _rows_or_null(getattr(scenario.bars, name))) for name in FIELDS),
            )
        records += _write(
            connection,
            "validations",
            key,
            len(checks),
            Column("check_name", "text", [check.check_name for check in checks]),
            Column("status", "text", [check.status for check in checks]),
            Column("observed", "float8", [check.observed for check in checks]),
            Column("lower_bound", "float8", [check.lower_bound for check in checks]),
            Column("upper_bound", "float8", [check.upper_bound for check in checks]),
        )
    return records


def delete_scenarios(connection: psycopg.Connection[Any], *, as_of: date, names: Sequence[str]) -> list[str]:
    """Delete scenarios of an as-of date with all that belongs to them; return their names, sorted."""
    with connection.transaction():
        return _delete(connection, as_of, names)


def _rows_or_null(field: FloatArray) -> list[FloatArray | None]:
    return [row if np.isfinite(row).any() else None for row in field]


def _delete(connection: psycopg.Connection[Any], as_of: date, names: Sequence[str]) -> list[str]:
    rows = connection.execute(statement("delete_scenarios"), {"as_of": as_of, "names": list(names)}).fetchall()
    return sorted(row[0] for row in rows)


def _write(connection: psycopg.Connection[Any], table: str, key: tuple[date, str], rows: int, *columns: Column) -> int:
    as_of, name = key
    keys = [Column("as_of", "date", [as_of] * rows), Column("scenario_name", "text", [name] * rows)]
    return copy_columns(connection, table=("scenarios", table), columns=[*keys, *columns])


def _write_definition(
    connection: psycopg.Connection[Any], scenario: Scenario, *, as_of: date, input_hash: str, code_hash: str
) -> int:
    warmup = scenario.warmup
    values: dict[str, tuple[PgType, Any]] = {
        "scenario_type": ("text", scenario.scenario_type),
        "scenario_family": ("text", scenario.family),
        "status": ("text", scenario.status),
        "reason": ("text", scenario.reason),
        "start_date": ("date", scenario.start_date),
        "end_date": ("date", scenario.end_date),
        "sessions": ("date[]", scenario.sessions),
        "warmup_start": ("date", warmup[0] if warmup.size else None),
        "warmup_end": ("date", warmup[-1] if warmup.size else None),
        "seed": ("int8", scenario.seed),
        "expected_return": ("float8", scenario.expected_return),
        "volatility_multiplier": ("float8", scenario.volatility_multiplier),
        "parameters": ("jsonb", json.dumps(scenario.parameters, sort_keys=True)),
        "key_events": ("jsonb", json.dumps(scenario.key_events)),
        "affected_symbols": ("text[]", scenario.affected_symbols),
        "input_hash": ("text", input_hash),
        "code_hash": ("text", code_hash),
    }
    columns = [Column(name, pg_type, [value]) for name, (pg_type, value) in values.items()]
    return _write(connection, "definitions", (as_of, scenario.name), 1, *columns)
