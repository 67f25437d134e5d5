"""The backtest of an as-of date, tied to storage: ``begin``, then ``run_block`` for each of
``list_blocks``, then ``finish``.

Every call can run twice: it replaces its own slice in one transaction. A block that was killed has changed
nothing; run it again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import psycopg

from tetra import settings
from tetra.backtest import blocks
from tetra.backtest.admission import admitted, audit_all, require_known_symbols
from tetra.backtest.block_run import BlockRun
from tetra.backtest.risk import Risk, load
from tetra.backtest.signals import current_signals, event_fields
from tetra.data import results, scenarios
from tetra.data.strategy_rows import record_trials, register_strategies
from tetra.data.trade_rows import replace_trades
from tetra.errors import BacktestError
from tetra.strategies import registry
from tetra.strategies.base import Kind
from tetra.strategies.registry import RegisteredStrategy

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """What a step did; ``records`` are rows written."""

    as_of: date
    records: int

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class BeginReport(Report):
    """Strategies registered, how many of them are enabled, and which of those may not be assessed."""

    registered: int
    enabled: int
    rejected: list[str]


@dataclass(frozen=True)
class BlockReport(Report):
    """Scenarios of the block, cells run in them, and what they cost.

    ``bar_steps`` are series x bars x strategies, ``seconds`` those of the processor on all threads.
    """

    scenarios: int
    cells: int
    bar_steps: int
    seconds: float


@dataclass(frozen=True)
class RunReport(Report):
    """What is stored of the as-of date after the run."""

    strategies: int
    scenarios: int
    cells: int
    signals: int
    deleted: int


def begin(connection: psycopg.Connection[Any], *, as_of: date) -> BeginReport:
    """Audit the enabled strategies for look-ahead, register all, and enter those that passed as trials.

    Raises
    ------
    BacktestError
        If none of them passed; what was found is stored all the same.
    SettingsError
        If ``risk.yaml`` is wrong.
    StrategyError
        If ``strategies.yaml`` is wrong, or names a symbol that is no instrument.
    """
    registered = registry.load()
    load([entry.name for entry in registered])
    enabled = registry.enabled()
    require_known_symbols(connection, enabled)
    audits = audit_all(connection, enabled)
    passed = [entry for entry in enabled if audits[entry.name].has_passed]
    with connection.transaction():
        written = register_strategies(connection, registered, audits=audits)
        written += record_trials(connection, passed, as_of=as_of)
    admitted(connection)
    rejected = sorted({entry.name for entry in enabled} - {entry.name for entry in passed})
    log.info("registered %s strategies; %s may be assessed, rejected: %s", len(registered), len(passed), rejected)
    return BeginReport(as_of, written, len(registered), len(enabled), rejected)


def list_blocks(connection: psycopg.Connection[Any], *, as_of: date) -> list[list[str]]:
    """Return the names of the ready scenarios, in blocks of about equal work.

    Raises
    ------
    EmptyBatchError
        If no scenario is ready.
    """
    return blocks.list_blocks(connection, as_of=as_of, n_strategies=len(admitted(connection)))


def run_block(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    scenario_names: Sequence[str],
    kinds: Collection[Kind] = ("single", "legs", "panel"),
) -> BlockReport:
    """Backtest every admitted strategy in the given scenarios and replace their results in one transaction.

    Parameters
    ----------
    connection : psycopg.Connection
    as_of : date
    scenario_names : sequence of str
    kinds : collection of str
        Strategies of other kinds are left out, and so are their results.

    Raises
    ------
    BacktestError
        If the strategies are not those of the run's first step.
    DataError
        If a scenario is not ready.
    """
    started = time.process_time()
    strategies = tuple(entry for entry in admitted(connection) if entry.strategy.kind in kinds)
    block = BlockRun(strategies, load())
    panels = scenarios.load_panels(
        connection, as_of=as_of, scenario_names=scenario_names, event_fields=event_fields(strategies)
    )
    block.run(panels)
    with connection.transaction():
        written = results.replace_results(
            connection, as_of=as_of, scenario_names=scenario_names, results=block.results, curves=block.curves
        )
        written += replace_trades(connection, as_of=as_of, scenario_names=scenario_names, trades=block.trades)
    seconds = time.process_time() - started
    log.info("stored %s rows of %s cells in %s scenarios", written, block.cells, len(scenario_names))
    return BlockReport(as_of, written, len(scenario_names), block.cells, block.bar_steps, round(seconds, 3))


def finish(connection: psycopg.Connection[Any], *, as_of: date) -> RunReport:
    """Drop what is no longer in the set and the cells of old runs, store today's signals and the run's row.

    All in one transaction.

    Raises
    ------
    BacktestError
        If a ready scenario has no results: its block has not run.
    """
    strategies, risk = admitted(connection), load()
    ready = [key.scenario_name for key in scenarios.list_ready(connection, as_of=as_of)]
    signals = current_signals(connection, strategies, as_of=as_of)
    with connection.transaction():
        missing = sorted(set(ready) - results.scenarios_with_results(connection, as_of=as_of))
        if missing:
            raise BacktestError(f"no results as of {as_of} for {', '.join(missing)}; run their blocks again")
        deleted = results.delete_other_results(
            connection, as_of=as_of, scenario_names=ready, strategy_names=[entry.name for entry in strategies]
        )
        deleted += results.delete_superseded_results(connection, in_use=as_of)
        stored = results.replace_signals(connection, as_of=as_of, signals=signals)
        counts = results.count_results(connection, as_of=as_of)
        run = {
            "seed": results.scenario_seed(connection, as_of=as_of),
            "config_hash": config_hash(strategies, risk),
            "code_hash": settings.fingerprint(),
            "commission_bps": risk.costs.commission_bps,
            "half_spread_bps": risk.costs.half_spread_bps,
            "strategies_tested": counts.strategies,
            "scenarios_tested": counts.scenarios,
            "cells": counts.cells,
        }
        results.replace_run(connection, as_of=as_of, run=run)
    return RunReport(
        as_of,
        stored + 1,
        counts.strategies,
        counts.scenarios,
        counts.cells,
        signals=stored,
        deleted=deleted,
    )


def config_hash(strategies: Sequence[RegisteredStrategy], risk: Risk) -> str:
    """Return the hash of all that people configure: strategies by name, with overlays; costs; financing."""
    content = {
        "costs": asdict(risk.costs),
        "financing": asdict(risk.financing),
        "strategies": {entry.name: entry.config_hash for entry in strategies},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
