"""Walk-forward of an as-of date, tied to storage: one strategy at a time, each replaced in one transaction.

A run that was killed has changed nothing of the strategy it was at; run it again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from tetra.backtest.admission import admitted, audit_all
from tetra.backtest.risk import load
from tetra.backtest.runner import Report
from tetra.backtest.signals import event_fields
from tetra.backtest.walk_forward import WalkForward, plan_of, walk_forward
from tetra.data import scenarios
from tetra.data.strategy_rows import record_trials, register_strategies, stored_audits
from tetra.data.walk_forward_rows import delete_other_walks, replace_walk_forward
from tetra.errors import BacktestError
from tetra.scenarios.full_history import NAME as FULL_HISTORY
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies import registry
from tetra.strategies.registry import RegisteredStrategy, trial_entries

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WalkForwardReport(Report):
    """Strategies walked with their folds, those left out with the reason, and rows of strategies that are gone."""

    walked: dict[str, int]
    skipped: dict[str, str]
    deleted: int


def run_all(connection: psycopg.Connection[Any], *, as_of: date) -> WalkForwardReport:
    """Walk every admitted strategy that has a plan through the full history of the as-of date.

    A strategy is left out where the history is too short for its plan or holds nothing that it can trade.

    Raises
    ------
    BacktestError
        If the strategies are not those of the run's first step.
    """
    planned = [entry for entry in admitted(connection) if entry.walk_forward is not None]
    walked: dict[str, int] = {}
    panel, reasons = _panel(connection, planned, as_of=as_of)
    written = 0
    for entry in planned:
        result = None if entry.name in reasons or panel is None else walk_forward(entry, panel, risk=load())
        if result is None:
            reasons.setdefault(entry.name, f"nothing that it trades is in {FULL_HISTORY}")
            log.warning("%s is not walked forward: %s", entry.name, reasons[entry.name])
            continue
        written += _store(connection, result, as_of=as_of)
        walked[entry.name] = len(result.folds)
    with connection.transaction():
        deleted = delete_other_walks(connection, as_of=as_of, scenario_name=FULL_HISTORY, strategy_names=sorted(walked))
    return WalkForwardReport(as_of, written, walked, reasons, deleted)


def run_one(connection: psycopg.Connection[Any], *, as_of: date, strategy_name: str, scenario_name: str) -> WalkForward:
    """Walk one strategy through a scenario and store it; it is audited and registered first.

    Raises
    ------
    BacktestError
        If it has no plan, looks ahead, trades nothing of the scenario, or the scenario is too short.
    DataError
        If the scenario is not ready.
    StrategyError
        If there is no such strategy.
    """
    entry = registry.find(strategy_name)
    plan_of(entry)
    _register(connection, entry)
    panel = scenarios.load_panel(
        connection, as_of=as_of, scenario_name=scenario_name, event_fields=event_fields([entry])
    )
    result = walk_forward(entry, panel, risk=load())
    if result is None:
        raise BacktestError(f"nothing that {strategy_name!r} trades is in {scenario_name!r}; choose another scenario")
    _store(connection, result, as_of=as_of)
    return result


def _panel(
    connection: psycopg.Connection[Any], planned: Sequence[RegisteredStrategy], *, as_of: date
) -> tuple[ScenarioPanel | None, dict[str, str]]:
    """Return the full history, and why some of the strategies cannot be walked through it."""
    if not planned:
        return None, {}
    if FULL_HISTORY not in {key.scenario_name for key in scenarios.list_ready(connection, as_of=as_of)}:
        return None, {entry.name: f"{FULL_HISTORY} is not ready as of {as_of}" for entry in planned}
    panel = scenarios.load_panel(
        connection, as_of=as_of, scenario_name=FULL_HISTORY, event_fields=event_fields(planned)
    )
    bars = panel.sessions.size - panel.window_start
    least = {entry.name: plan_of(entry).least_bars for entry in planned}
    return panel, {
        name: f"{FULL_HISTORY} has {bars} sessions, its plan needs {needed}"
        for name, needed in least.items()
        if bars < needed
    }


def _register(connection: psycopg.Connection[Any], entry: RegisteredStrategy) -> None:
    registered = registry.load()
    audit = audit_all(connection, [entry])[entry.name]
    if not audit.has_passed:
        raise BacktestError(f"{entry.name!r} may not be assessed: {audit.audit_detail}")
    # an audit of another configuration says nothing of this one
    hashes = {known.name: known.config_hash for known in registered}
    audits = {name: known for name, known in stored_audits(connection).items() if hashes.get(name) == known.config_hash}
    with connection.transaction():
        register_strategies(connection, registered, audits=audits | {entry.name: audit})


def _store(connection: psycopg.Connection[Any], walked: WalkForward, *, as_of: date) -> int:
    with connection.transaction():
        written = record_trials(connection, trial_entries(walked.registered), as_of=as_of)
        written += replace_walk_forward(connection, walked, as_of=as_of)
    log.info("%s: %s folds through %s", walked.registered.name, len(walked.folds), walked.scenario_name)
    return written
