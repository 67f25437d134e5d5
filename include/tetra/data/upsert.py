"""From a staging table to its landed table: only rows that are new or differ are written.

The statements are the same for every table but for names, which come from :mod:`tetra.data.tables` and are quoted as
identifiers; no value is ever put into a statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from tetra.data.bulk import Column, copy_columns
from tetra.data.tables import Table


def create_staging(connection: psycopg.Connection[Any], table: Table) -> None:
    """Make an empty staging table, over one that a run left which failed between staging and merging."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(pg_type)) for name, pg_type in table.columns.items()
    )
    staging = sql.Identifier(table.staging)
    connection.execute(sql.SQL("drop table if exists pg_temp.{}").format(staging))
    connection.execute(sql.SQL("create temporary table {} ({})").format(staging, columns))


def stage_columns(connection: psycopg.Connection[Any], table: Table, columns: Sequence[Column]) -> int:
    """Append rows to the staging table; return how many."""
    return copy_columns(connection, table=(table.staging,), columns=columns)


def finish_staging(connection: psycopg.Connection[Any], table: Table) -> int:
    """Drop repeated keys where the table allows them, give the planner its statistics; return the rows dropped."""
    staging = sql.Identifier(table.staging)
    dropped = 0
    if table.first_wins:
        repeated = connection.execute(
            sql.SQL(
                "delete from {staging} using (select ctid as place,"
                " row_number() over (partition by {key} order by ctid) as occurrence from {staging}) as numbered"
                " where {staging}.ctid = numbered.place and numbered.occurrence > 1"
            ).format(staging=staging, key=_list(table.key))
        )
        dropped = repeated.rowcount
    connection.execute(sql.SQL("analyze pg_temp.{}").format(staging))
    return dropped


def merge_staged(cursor: psycopg.Cursor[Any], table: Table) -> tuple[int, int]:
    """Write the staged rows that are new or differ; belongs in a transaction under the table's lock.

    Returns
    -------
    inserted, updated : int
        Rows.

    Raises
    ------
    psycopg.errors.CardinalityViolation, psycopg.errors.UniqueViolation
        If two staged rows have one key.
    """
    cursor.execute(_create_changed(table))
    cursor.execute(
        sql.SQL("select count(*) filter (where is_new), count(*) filter (where not is_new) from {}").format(
            sql.Identifier(table.changed)
        )
    )
    inserted, updated = cursor.fetchone() or (0, 0)
    if inserted or updated:
        cursor.execute(_upsert_changed(table))
    return inserted, updated


def delete_settled_rejections(cursor: psycopg.Cursor[Any], table: Table) -> None:
    """Forget records set aside earlier that the same source now gives in order."""
    key = sql.SQL(" || '|' || ").join(
        sql.SQL("coalesce(staged.{}::text, '')").format(sql.Identifier(name)) for name in table.key
    )
    cursor.execute(
        sql.SQL(
            "delete from quality.rejected_records as rejected using {staging} as staged"
            " where rejected.table_name = {name} and rejected.source = staged.source and rejected.record_key = {key}"
        ).format(staging=sql.Identifier(table.staging), name=sql.Literal(table.name), key=key)
    )


def _create_changed(table: Table) -> sql.Composed:
    values = [name for name in table.columns if name not in table.key]
    matches = sql.SQL(" and ").join(
        sql.SQL("staged.{0} is not distinct from held.{0}" if name in table.nullable_key else "staged.{0} = held.{0}")
        .format(sql.Identifier(name))
        for name in table.key
    )  # fmt: skip
    present = sql.Identifier(next(name for name in table.key if name not in table.nullable_key))
    return sql.SQL(
        "create temporary table {changed} on commit drop as"
        " select staged.*, held.{present} is null as is_new from {staging} as staged left join {held} as held"
        " on {matches} where held.{present} is null or ({staged_values}) is distinct from ({held_values})"
    ).format(
        changed=sql.Identifier(table.changed),
        staging=sql.Identifier(table.staging),
        held=sql.Identifier(*table.name.split(".")),
        present=present,
        matches=matches,
        staged_values=_list(values, of="staged"),
        held_values=_list(values, of="held"),
    )


def _upsert_changed(table: Table) -> sql.Composed:
    values = [name for name in table.columns if name not in table.key]
    assignments = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in values)
    return sql.SQL(
        "insert into {held} ({columns}) select {columns} from {changed} order by {key}"
        " on conflict ({key}) do update set {assignments}, ingested_at = now()"
    ).format(
        held=sql.Identifier(*table.name.split(".")),
        columns=_list(table.columns),
        changed=sql.Identifier(table.changed),
        key=_list(table.key),
        assignments=assignments,
    )


def _list(names: Any, of: str | None = None) -> sql.Composed:
    parts = [sql.Identifier(name) if of is None else sql.Identifier(of, name) for name in names]
    return sql.SQL(", ").join(parts)
