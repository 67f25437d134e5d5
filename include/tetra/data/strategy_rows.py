"""Strategies in storage: what is registered, what the look-ahead guard found, and the ledger of trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from tetra.data.statements import statement
from tetra.strategies.registry import RegisteredStrategy

AuditStatus = Literal["not audited", "passed", "rejected: look-ahead"]
NOT_AUDITED: AuditStatus = "not audited"
PASSED: AuditStatus = "passed"
REJECTED: AuditStatus = "rejected: look-ahead"


@dataclass(frozen=True)
class Audit:
    """What the look-ahead guard found.

    Parameters
    ----------
    config_hash : str
        Of the configuration it looked at.
    audit_status : str
    audit_detail : str or None
        The first bar that moved, or why there was no audit; None if it passed and traded.
    audited_with : str or None
        Fingerprint of the code it ran, or failed, with; None before that.
    """

    config_hash: str
    audit_status: AuditStatus = NOT_AUDITED
    audit_detail: str | None = None
    audited_with: str | None = None

    @property
    def has_passed(self) -> bool:
        """Whether the strategy may be assessed."""
        return self.audit_status == PASSED


@dataclass(frozen=True)
class _StoredAudit(Audit):
    strategy_name: str = ""


def stored_audits(connection: psycopg.Connection[Any]) -> dict[str, Audit]:
    """Return what the guard found of each strategy registered so far, by name."""
    with connection.transaction(), connection.cursor(row_factory=class_row(_StoredAudit)) as cursor:
        cursor.execute(
            "select strategy_name, config_hash, audit_status, audit_detail, audited_with from strategies.definitions"
        )
        return {row.strategy_name: row for row in cursor}


def register_strategies(
    connection: psycopg.Connection[Any], registered: Sequence[RegisteredStrategy], *, audits: Mapping[str, Audit]
) -> int:
    """Make ``strategies.definitions`` say what the registry says; names it no longer has are disabled.

    Parameters
    ----------
    connection : psycopg.Connection
        With the caller's transaction open.
    registered : sequence of RegisteredStrategy
    audits : mapping of str to Audit
        By name; a strategy without one is stored as not audited.

    Returns
    -------
    int
        Definitions written.
    """
    connection.execute(
        "update strategies.definitions set is_enabled = false where is_enabled and strategy_name <> all(%s)",
        ([entry.name for entry in registered],),
    )
    rows = [_definition(entry, audits.get(entry.name, Audit(entry.config_hash))) for entry in registered]
    with connection.cursor() as cursor:
        cursor.executemany(statement("upsert_strategy_definitions"), rows)
    return len(rows)


def _definition(entry: RegisteredStrategy, audit: Audit) -> dict[str, Any]:
    return {
        "strategy_name": entry.name,
        "category": entry.strategy.category,
        "kind": entry.strategy.kind,
        "class_path": entry.class_path,
        "parameters": Jsonb(entry.parameters),
        "overlays": _overlays(entry),
        "is_enabled": entry.is_enabled,
        **{name: value for name, value in asdict(audit).items() if name != "strategy_name"},
    }


def _overlays(entry: RegisteredStrategy) -> Jsonb:
    return Jsonb({} if entry.overlays.are_off else asdict(entry.overlays))


def record_trials(connection: psycopg.Connection[Any], assessed: Sequence[RegisteredStrategy], *, as_of: date) -> int:
    """Enter configurations into the ledger ``backtest.trials``, or widen the dates of those it knows.

    Returns
    -------
    int
        Configurations entered or widened.
    """
    rows = [
        {
            "config_hash": entry.config_hash,
            "strategy_name": entry.name,
            "class_path": entry.class_path,
            "parameters": Jsonb(entry.parameters),
            "overlays": _overlays(entry),
            "as_of": as_of,
        }
        for entry in assessed
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement("upsert_backtest_trials"), rows)
    return len(rows)
