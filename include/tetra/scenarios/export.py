"""The three files people know from the old system: metadata, time series and a summary, at any fsspec URL.

``scenario_metadata.json``, ``scenario_timeseries.parquet`` and ``scenario_summary.txt`` describe the scenarios of one
as-of date and are overwritten by the next run. All are written under other names first and then moved, so that a reader
never meets half a file and a run that fails leaves the old ones. Paths are read scenario by scenario: memory does not
grow with their number.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import fsspec
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg.rows import dict_row

from tetra.data.real_arrays import decoded, encoded_array_cursor
from tetra.data.statements import statement
from tetra.errors import ScenarioError, SettingsError

METADATA, TIMESERIES, SUMMARY = "scenario_metadata.json", "scenario_timeseries.parquet", "scenario_summary.txt"

SCHEMA = pa.schema(
    [
        ("scenario_name", pa.dictionary(pa.int32(), pa.string())),
        ("symbol", pa.dictionary(pa.int32(), pa.string())),
        ("date", pa.date32()),
        ("returns", pa.float64()),
        ("prices", pa.float64()),
    ]
)


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Parameters
    ----------
    files : tuple of str
        URLs.
    scenarios, rows : int
        Described, and rows of the time series.
    """

    files: tuple[str, ...]
    scenarios: int
    rows: int

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return {"files": list(self.files), "scenarios": self.scenarios, "rows": self.rows}


def export(
    connection: psycopg.Connection[Any], *, as_of: date, url: str, save_timeseries: bool, now: datetime | None = None
) -> ExportReport:
    """Write the files of an as-of date.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    as_of : date
    url : str
        Folder: a path, or an fsspec URL whose protocol's package is installed.
    save_timeseries : bool
        Whether to write the Parquet file too.
    now : datetime, optional
        Written as ``generated_at``; default the time.

    Raises
    ------
    ScenarioError
        If the as-of date has no scenario.
    SettingsError
        If the URL's protocol is unknown.
    """
    system, root = folder_at(url)
    with connection.transaction():
        definitions = _definitions(connection, as_of)
        if not definitions:
            raise ScenarioError(f"no scenario as of {as_of}; generate them first")
        system.makedirs(root, exist_ok=True)
        generated_at = (now or datetime.now(UTC)).isoformat()
        metadata = json.dumps(_metadata(definitions, as_of, generated_at), indent=2, allow_nan=False)
        with _replacing(system, root) as partial:
            system.pipe_file(partial(METADATA), metadata.encode())
            rows = 0
            if save_timeseries:
                rows = _write_timeseries(connection, system, partial(TIMESERIES), as_of, definitions)
            system.pipe_file(partial(SUMMARY), _summary(definitions, as_of, generated_at).encode())
        if not save_timeseries and system.exists(f"{root}/{TIMESERIES}"):
            system.rm(f"{root}/{TIMESERIES}")  # it would stand beside newer metadata
    written = (METADATA, TIMESERIES, SUMMARY) if save_timeseries else (METADATA, SUMMARY)
    return ExportReport(tuple(f"{url.rstrip('/')}/{name}" for name in written), len(definitions), rows)


def folder_at(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path on it; nothing is made there.

    Raises
    ------
    SettingsError
        If the URL's protocol is unknown, or the package it needs is not installed.
    """
    try:
        system, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise SettingsError(f"export URL {url!r} cannot be opened: {error}") from error
    return system, root


@contextmanager
def _replacing(system: Any, root: str) -> Iterator[Callable[[str], str]]:
    """Yield a function from a file's name to where to write it; all are moved into place at the end, or removed."""
    partial: dict[str, str] = {}

    def path_of(name: str) -> str:
        partial[name] = f"{root}/.{name}.partial"
        return partial[name]

    try:
        yield path_of
        for name, path in partial.items():
            system.mv(path, f"{root}/{name}")
    finally:
        for path in partial.values():
            if system.exists(path):
                system.rm(path)


def _definitions(connection: psycopg.Connection[Any], as_of: date) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement("select_scenario_definitions"), {"as_of": as_of}).fetchall()


def _metadata(definitions: Sequence[dict[str, Any]], as_of: date, generated_at: str) -> dict[str, Any]:
    told = ("status", "reason", "parameters", "key_events", "affected_symbols", "symbols")
    return {
        "generated_at": generated_at,
        "as_of": as_of.isoformat(),
        "scenarios": [
            {
                "name": row["scenario_name"],
                "scenario_type": row["scenario_type"],
                "start_date": row["start_date"].isoformat(),
                "end_date": row["end_date"].isoformat(),
                "expected_return": row["expected_return"],
                "volatility_multiplier": row["volatility_multiplier"],
                "metadata": {"family": row["scenario_family"], **{name: row[name] for name in told}},
            }
            for row in definitions
        ],
    }


def _write_timeseries(
    connection: psycopg.Connection[Any], system: Any, path: str, as_of: date, definitions: Sequence[dict[str, Any]]
) -> int:
    rows = 0
    with system.open(path, "wb") as file, pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        for table in _tables(connection, as_of, definitions):
            writer.write_table(table)
            rows += table.num_rows
    return rows


def _tables(
    connection: psycopg.Connection[Any], as_of: date, definitions: Sequence[dict[str, Any]]
) -> Iterator[pa.Table]:
    """Yield one table per scenario with paths: closes and their simple returns, in order of symbol and date."""
    for definition in definitions:
        if definition["status"] != "ready":
            continue
        name = definition["scenario_name"]
        with encoded_array_cursor(connection) as cursor:
            paths = cursor.execute(statement("select_scenario_closes"), {"as_of": as_of, "name": name}).fetchall()
        if not paths:
            continue
        close = np.stack([decoded(row[1]).astype(np.float64) for row in paths])
        previous = np.concatenate([np.full((close.shape[0], 1), np.nan), close[:, :-1]], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            returns = np.where(previous > 0.0, close / previous - 1.0, np.nan)
        sessions = np.array(definition["sessions"], dtype="datetime64[D]")
        yield pa.table(
            {
                "scenario_name": _repeated([name], close.size, 0),
                "symbol": _repeated([row[0] for row in paths], close.size, close.shape[1]),
                "date": pa.array(np.tile(sessions, close.shape[0])),
                "returns": pa.array(returns.ravel(), from_pandas=True),
                "prices": pa.array(close.ravel(), from_pandas=True),
            },
            schema=SCHEMA,
        )


def _repeated(names: list[str], size: int, each: int) -> pa.DictionaryArray:
    codes = np.repeat(np.arange(len(names), dtype=np.int32), each) if each else np.zeros(size, dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names))


def _summary(definitions: Sequence[dict[str, Any]], as_of: date, generated_at: str) -> str:
    ready = [row for row in definitions if row["status"] == "ready"]
    counted = Counter(row["scenario_family"] for row in ready)
    lines = [
        f"Scenarios as of {as_of}, written {generated_at}",
        "",
        f"{len(ready)} ready, {len(definitions) - len(ready)} not covered",
        *(f"  {family:<14}{count:>6}" for family, count in sorted(counted.items())),
        "",
        f"{'scenario':<52}{'from':<12}{'to':<12}{'symbols':>8}{'return':>10}",
    ]
    for row in ready:
        expected = "" if row["expected_return"] is None else f"{row['expected_return']:+.1%}"
        span = f"{row['start_date']!s:<12}{row['end_date']!s:<12}"
        lines.append(f"{row['scenario_name'][:51]:<52}{span}{row['symbols']:>8}{expected:>10}")
    missing = [row for row in definitions if row["status"] != "ready"]
    lines += ["", "Not covered:"] * bool(missing) + [f"  {row['scenario_name']}: {row['reason']}" for row in missing]
    return "\n".join(lines) + "\n"
