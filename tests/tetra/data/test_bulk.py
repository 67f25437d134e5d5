"""Columns loaded by binary COPY are read back as they were given, nulls in any place."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest

from tetra.data import bulk, bulk_variable
from tetra.data.bulk import Column, copy_columns
from tetra.errors import DataError

pytestmark = pytest.mark.postgres

TYPES = {
    "a_text": "text",
    "a_date": "date",
    "a_moment": "timestamptz",
    "an_int4": "int4",
    "an_int8": "int8",
    "a_float8": "float8",
    "a_float4": "float4",
    "a_bool": "bool",
    "reals": "float4[]",
    "dates": "date[]",
    "texts": "text[]",
    "a_document": "jsonb",
}
FULL = {
    "a_text": "naïve – 価格",
    "a_date": date(1999, 12, 31),
    "a_moment": datetime(2024, 2, 29, 13, 30, 0, 250, tzinfo=UTC),
    "an_int4": -7,
    "an_int8": 1 << 40,
    "a_float8": -36.98,
    "a_float4": 0.5,
    "a_bool": True,
    "reals": [1.0, -2.5],
    "dates": [date(2000, 1, 1), date(1900, 3, 1)],
    "texts": ["a", ""],
    "a_document": {"key": [1, None]},
}


@pytest.fixture
def table(connection):
    columns = ", ".join(f"{name} {pg_type}" for name, pg_type in TYPES.items())
    connection.execute(f"create temporary table loaded ({columns}, position bigint generated always as identity)")
    return "loaded"


def given(rows: list[dict]) -> list[Column]:
    """Columns as callers have them: lists; text of JSON for a document; moments without a zone, which are UTC."""

    def value(name, row):
        if row[name] is None:
            return None
        if name == "a_moment":
            return row[name].replace(tzinfo=None)
        return json.dumps(row[name]) if name == "a_document" else row[name]

    return [Column(name, pg_type, [value(name, row) for row in rows]) for name, pg_type in TYPES.items()]


def held(connection) -> list[dict]:
    found = connection.execute(f"select {', '.join(TYPES)} from loaded order by position").fetchall()
    return [dict(zip(TYPES, row, strict=True)) for row in found]


def test_every_type_is_read_back_as_given_with_a_null_in_each_place(connection, table):
    one_null_each = [FULL | {name: None} for name in TYPES]
    rows = [FULL, *one_null_each, dict.fromkeys(TYPES), FULL]
    assert copy_columns(connection, table=(table,), columns=given(rows)) == len(rows)
    assert held(connection) == rows


def test_nulls_are_kept_apart_however_they_mix_and_whatever_the_chunk(connection, table, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK_ROWS", 7)
    monkeypatch.setattr(bulk, "CHUNK_BYTES", 100)
    absent = np.random.default_rng(3).random((200, len(TYPES))) < 0.4
    rows = [
        {name: None if gone else FULL[name] for name, gone in zip(TYPES, row, strict=True)} for row in absent.tolist()
    ]
    copy_columns(connection, table=(table,), columns=given(rows))
    assert held(connection) == rows


def test_arrays_of_numpy_say_null_by_nan_and_nat(connection, table):
    columns = [
        Column("a_date", "date", np.array(["2020-02-29", "NaT"], dtype="datetime64[D]")),
        Column("a_moment", "timestamptz", np.array(["NaT", "1970-01-01T00:00:01"], dtype="datetime64[us]")),
        Column("a_float8", "float8", np.array([np.nan, np.inf])),
        Column("a_float4", "float4", np.array([1.5, np.nan], dtype=np.float32)),
        Column("an_int4", "int4", np.array([3, 4], dtype=np.int16)),
        Column("an_int8", "int8", np.array([2.0, np.nan])),
        Column("a_text", "text", [float("nan"), "kept"]),
        Column("reals", "float4[]", np.array([[1.0, np.nan], [2.0, 3.0]])),
    ]
    copy_columns(connection, table=(table,), columns=columns)
    empty = dict.fromkeys(TYPES)
    assert held(connection) == [
        empty | {"a_date": date(2020, 2, 29), "a_float4": 1.5, "an_int4": 3, "an_int8": 2, "reals": [1.0, None]},
        empty
        | {"a_moment": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "a_float8": np.inf, "an_int4": 4}
        | {"a_text": "kept", "reals": [2.0, 3.0]},
    ]


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(Column("a_text", "text", ["a", None]), id="text alone: no column of fixed width"),
        pytest.param(Column("a_bool", "bool", [False, None]), id="flags alone"),
    ],
)
def test_one_column_is_enough(connection, table, column):
    assert copy_columns(connection, table=(table,), columns=[column]) == 2
    assert [row[column.name] for row in held(connection)] == list(column.values)


def test_no_row_is_no_error(connection, table):
    empty = [Column("a_text", "text", []), Column("a_float8", "float8", np.empty(0))]
    assert copy_columns(connection, table=(table,), columns=empty) == 0
    assert held(connection) == []


def test_columns_of_different_length_are_refused(connection, table):
    columns = [Column("a_text", "text", ["a"]), Column("a_float8", "float8", np.zeros(2))]
    with pytest.raises(DataError, match=r"columns differ in length: \{'a_text': 1, 'a_float8': 2\}"):
        copy_columns(connection, table=(table,), columns=columns)


@pytest.mark.parametrize(
    "spoil",
    [
        {},
        {3: None},
        {300: np.array([1.0, np.nan, 3.0])},
        {599: np.array([], dtype=float)},
        {256: np.array([1.0, 2.0])},
    ],
    ids=["all alike", "null", "a null element", "empty", "shorter"],
)
def test_arrays_packed_together_are_those_packed_one_by_one(spoil):
    values = list(np.random.default_rng(1).normal(size=(600, 3)))
    for position, value in spoil.items():
        values[position] = value
    assert list(bulk_variable._real_arrays(values)) == [bulk_variable._real_array(value) for value in values]
