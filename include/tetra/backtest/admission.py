"""Which strategies may be assessed: every enabled one is audited for look-ahead, with each combination of its plan.

One that fails, or that cannot be audited, is listed with the reason and not run; the others are.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import psycopg

from tetra import settings
from tetra.backtest.look_ahead import require_no_look_ahead
from tetra.data.strategy_rows import NOT_AUDITED, PASSED, REJECTED, Audit, stored_audits
from tetra.errors import BacktestError, LookAheadError, StrategyError, unknown_value
from tetra.strategies import registry
from tetra.strategies.base import LegsStrategy
from tetra.strategies.registry import RegisteredStrategy, trial_entries

log = logging.getLogger(__name__)


def audit_all(connection: psycopg.Connection[Any], strategies: Sequence[RegisteredStrategy]) -> dict[str, Audit]:
    """Return the audit of each strategy; one made with the same configuration and code is not made again.

    A strategy that cannot be audited (it fails, returns unusable weights or none at all) stays ``not audited``, with
    the reason. One that passed without ever trading has this as its detail: it may peek where it does trade.
    """
    stored = stored_audits(connection)
    code = settings.fingerprint()
    return {entry.name: _audit(entry, stored.get(entry.name), code=code) for entry in strategies}


def require_known_symbols(connection: psycopg.Connection[Any], strategies: Sequence[RegisteredStrategy]) -> None:
    """Raise if a leg or reference is no instrument: a misspelt one would be ``not tested`` for ever.

    Raises
    ------
    StrategyError
        Naming the strategy, the symbol and the nearest one.
    """
    with connection.transaction():
        known = [row[0] for row in connection.execute("select symbol from market_data.instruments")]
    for entry in strategies:
        groups = entry.strategy.groups if isinstance(entry.strategy, LegsStrategy) else ()
        for symbol in (*entry.strategy.references, *(symbol for group in groups for symbol in group)):
            if symbol not in known:
                raise StrategyError(f"strategy {entry.name!r}: {unknown_value('symbol', symbol, known)}")


def _audit(entry: RegisteredStrategy, stored: Audit | None, *, code: str) -> Audit:
    if stored is not None and (stored.config_hash, stored.audited_with) == (entry.config_hash, code):
        return stored
    try:
        idle = [
            name
            for tried in trial_entries(entry)
            if not require_no_look_ahead(tried.strategy, name=(name := _told(tried, entry)))
        ]
    except LookAheadError as error:
        log.error("%s is not assessed: %s", entry.name, error)
        return Audit(entry.config_hash, REJECTED, str(error), code)
    except StrategyError as error:
        log.error("%s is not assessed, for it cannot be audited: %s", entry.name, error)
        return Audit(entry.config_hash, NOT_AUDITED, str(error), code)
    detail = f"not exercised: {', '.join(idle)} never traded on the audit's prices" if idle else None
    return Audit(entry.config_hash, PASSED, detail, code)


def _told(tried: RegisteredStrategy, entry: RegisteredStrategy) -> str:
    changed = {name: value for name, value in tried.parameters.items() if entry.parameters[name] != value}
    return f"{entry.name} with {changed}" if changed else entry.name


def admitted(connection: psycopg.Connection[Any]) -> tuple[RegisteredStrategy, ...]:
    """Return the enabled strategies that passed the audit of the run's first step.

    Raises
    ------
    BacktestError
        If code or configuration (costs too) is not what it was when the run began, or none passed.
    """
    audits = stored_audits(connection)
    enabled = registry.enabled()
    code = settings.fingerprint()
    for entry in enabled:
        audit = audits.get(entry.name)
        if audit is None or (audit.config_hash, audit.audited_with) != (entry.config_hash, code):
            raise BacktestError(
                f"strategy {entry.name!r}, or code or configuration, was changed since the run began; run its first"
                " step (plan) again, and all after it"
            )
    passed = tuple(entry for entry in enabled if audits[entry.name].has_passed)
    if not passed:
        raise BacktestError(
            f"no enabled strategy passed the look-ahead guard: {audits[enabled[0].name].audit_detail}; mend one, or"
            " enable another"
        )
    return passed
