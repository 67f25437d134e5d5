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
from tetra.errors import BacktestError, LookAheadError, StrategyError
from tetra.strategies import registry
from tetra.strategies.registry import RegisteredStrategy, trial_entries

log = logging.getLogger(__name__)


def audit_all(connection: psycopg.Connection[Any], strategies: Sequence[RegisteredStrategy]) -> dict[str, Audit]:
    """Return the audit of each strategy; one made with the same configuration and code is not made again.

    A strategy that cannot be audited (it fails, returns unusable weights or none at all) stays ``not audited``, with
    the reason.
    """
    stored = stored_audits(connection)
    code = settings.fingerprint()
    return {entry.name: _audit(entry, stored.get(entry.name), code=code) for entry in strategies}


def _audit(entry: RegisteredStrategy, stored: Audit | None, *, code: str) -> Audit:
    if stored is not None and (stored.config_hash, stored.audited_with) == (entry.config_hash, code):
        return stored
    try:
        for tried in trial_entries(entry):
            require_no_look_ahead(tried.strategy, name=_told(tried, entry))
    except LookAheadError as error:
        log.error("%s is not assessed: %s", entry.name, error)
        return Audit(entry.config_hash, REJECTED, str(error), code)
    except StrategyError as error:
        log.error("%s is not assessed, for it cannot be audited: %s", entry.name, error)
        return Audit(entry.config_hash, NOT_AUDITED, str(error), code)
    return Audit(entry.config_hash, PASSED, None, code)


def _told(tried: RegisteredStrategy, entry: RegisteredStrategy) -> str:
    changed = {name: value for name, value in tried.parameters.items() if entry.parameters[name] != value}
    return f"{entry.name} with {changed}" if changed else entry.name


def admitted(connection: psycopg.Connection[Any]) -> tuple[RegisteredStrategy, ...]:
    """Return the enabled strategies that passed the audit of the run's first step.

    Raises
    ------
    BacktestError
        If one is configured otherwise than when the run began, or none passed.
    """
    audits = stored_audits(connection)
    enabled = registry.enabled()
    for entry in enabled:
        audit = audits.get(entry.name)
        if audit is None or audit.config_hash != entry.config_hash or audit.audited_with is None:
            raise BacktestError(
                f"strategy {entry.name!r} was changed or added since the run began; run its first step again"
            )
    passed = tuple(entry for entry in enabled if audits[entry.name].has_passed)
    if not passed:
        raise BacktestError(
            f"no enabled strategy passed the look-ahead guard: {audits[enabled[0].name].audit_detail}; mend one, or"
            " enable another"
        )
    return passed
