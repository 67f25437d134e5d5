"""The backtest of an as-of date, tied to storage: ``begin``, then ``run_block`` for each of
``list_blocks``, then ``finish``.

Every call can run twice: it replaces its own slice in one transaction. A block that was killed has changed
nothing; run it again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg

from tetra import settings
from tetra.backtest.cells import AssessedStrategy, run_scenario
from tetra.backtest.costs import Costs, load_costs
from tetra.backtest.look_ahead import require_no_look_ahead
from tetra.backtest.portfolio import PORTFOLIO
from tetra.data import prices, results, scenarios
from tetra.errors import BacktestError, EmptyBatchError
from tetra.strategies import registry
from tetra.strategies.base import PriceBlock, checked_weights

log = logging.getLogger(__name__)

BAR_STEPS_PER_BLOCK = 100_000_000
"""Series x bars x strategies in one block. Measured on two cores: 50 million a second from panels to metrics, then
80,000 rows a second into the table. So a full block of the default set (200,000 cells) takes five seconds, more than a
task costs to start, and the default set of 131 scenarios makes three blocks."""


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
    """Strategies registered, and how many of them will be assessed."""

    registered: int
    enabled: int


@dataclass(frozen=True)
class BlockReport(Report):
    """Scenarios of the block and cells run in them."""

    scenarios: int
    cells: int


@dataclass(frozen=True)
class RunReport(Report):
    """What is stored of the as-of date after the run."""

    strategies: int
    scenarios: int
    cells: int
    signals: int
    deleted: int


def begin(connection: psycopg.Connection[Any], *, as_of: date) -> BeginReport:
    """Audit the enabled strategies for look-ahead, register all and enter the enabled ones as trials.

    Raises
    ------
    LookAheadError
        If a strategy looks ahead; nothing is written then.
    StrategyError
        If ``strategies.yaml`` is wrong.
    """
    registered = registry.load()
    enabled = registry.enabled()
    for entry in enabled:
        require_no_look_ahead(entry.strategy, name=entry.name)
    with connection.transaction():
        written = results.register_strategies(connection, registered)
        written += results.record_trials(connection, enabled, as_of=as_of)
    log.info("registered %s strategies, %s of them enabled", len(registered), len(enabled))
    return BeginReport(as_of, written, len(registered), len(enabled))


def list_blocks(connection: psycopg.Connection[Any], *, as_of: date) -> list[list[str]]:
    """Return the names of the ready scenarios, in blocks of about equal work.

    Raises
    ------
    EmptyBatchError
        If no scenario is ready.
    """
    keys = scenarios.list_ready(connection, as_of=as_of)
    if not keys:
        raise EmptyBatchError(f"no scenario is ready as of {as_of}; run scenarios_pipeline for that date first")
    n_strategies = len(registry.enabled())
    return divide({key.scenario_name: key.series * key.bars * n_strategies for key in keys}, most=BAR_STEPS_PER_BLOCK)


def divide(work: dict[str, int], *, most: int) -> list[list[str]]:
    """Return names in as few blocks of at most ``most`` work as evenly filled as first-fit by size gives.

    Parameters
    ----------
    work : dict of str to int
        Work per name; a name with more than ``most`` has a block of its own.
    most : int
        Work in a block.
    """
    n_blocks = max(1, -(-sum(work.values()) // most))
    blocks: list[list[str]] = [[] for _ in range(n_blocks)]
    loads = [0] * n_blocks
    for name in sorted(work, key=lambda name: (-work[name], name)):
        lightest = loads.index(min(loads))
        blocks[lightest].append(name)
        loads[lightest] += work[name]
    return [sorted(block) for block in blocks if block]


def run_block(connection: psycopg.Connection[Any], *, as_of: date, scenario_names: Sequence[str]) -> BlockReport:
    """Backtest every enabled strategy in the given scenarios and replace their results in one transaction.

    Raises
    ------
    DataError
        If a scenario is not ready.
    """
    strategies, costs = registry.enabled(), load_costs()
    rows: list[results.ResultRows] = []
    curves: list[results.EquityCurve] = []
    cells = 0
    for panel in scenarios.load_panels(connection, as_of=as_of, scenario_names=scenario_names):
        for assessed in run_scenario(panel, strategies, costs=costs):
            rows += _result_rows(panel.scenario_name, assessed)
            curves.append(_curve(panel.scenario_name, assessed))
            cells += len(assessed.symbols)
    with connection.transaction():
        written = results.replace_results(
            connection, as_of=as_of, scenario_names=scenario_names, results=rows, curves=curves
        )
    log.info("stored %s rows of %s cells in %s scenarios", written, cells, len(scenario_names))
    return BlockReport(as_of, written, len(scenario_names), cells)


def _result_rows(scenario_name: str, assessed: AssessedStrategy) -> list[results.ResultRows]:
    name, portfolio = assessed.registered.name, assessed.portfolio
    bars = portfolio.returns.size
    kind = assessed.registered.strategy.kind
    return [
        results.ResultRows(scenario_name, name, kind, assessed.symbols, bars, assessed.simulation.metrics),
        results.ResultRows(scenario_name, name, "portfolio", (PORTFOLIO,), bars, portfolio.metrics[None, :]),
    ]


def _curve(scenario_name: str, assessed: AssessedStrategy) -> results.EquityCurve:
    return results.EquityCurve(scenario_name, assessed.registered.name, PORTFOLIO, assessed.portfolio.equity)


def finish(connection: psycopg.Connection[Any], *, as_of: date) -> RunReport:
    """Drop what is no longer in the set, store today's signals and the run's row, in one transaction.

    Raises
    ------
    BacktestError
        If a ready scenario has no results: its block has not run.
    """
    enabled, costs = registry.enabled(), load_costs()
    ready = [key.scenario_name for key in scenarios.list_ready(connection, as_of=as_of)]
    symbols, weights = current_weights(connection, enabled, as_of=as_of)
    with connection.transaction():
        missing = sorted(set(ready) - results.scenarios_with_results(connection, as_of=as_of))
        if missing:
            raise BacktestError(f"no results as of {as_of} for {', '.join(missing)}; run their blocks again")
        deleted = results.delete_other_results(
            connection, as_of=as_of, scenario_names=ready, strategy_names=[entry.name for entry in enabled]
        )
        signals = results.replace_signals(connection, as_of=as_of, symbols=symbols, weights=weights)
        counts = results.count_results(connection, as_of=as_of)
        run = {
            "seed": results.scenario_seed(connection, as_of=as_of),
            "config_hash": config_hash(enabled, costs),
            "code_hash": settings.fingerprint(),
            "commission_bps": costs.commission_bps,
            "half_spread_bps": costs.half_spread_bps,
            "strategies_tested": counts.strategies,
            "scenarios_tested": counts.scenarios,
            "cells": counts.cells,
        }
        results.replace_run(connection, as_of=as_of, run=run)
    return RunReport(
        as_of,
        signals + 1,
        counts.strategies,
        counts.scenarios,
        counts.cells,
        signals=signals,
        deleted=deleted,
    )


def current_weights(
    connection: psycopg.Connection[Any], strategies: Sequence[registry.RegisteredStrategy], *, as_of: date
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return each strategy's target weights after the last session, and the symbols they are for.

    Symbols that nobody trades, or that have no bar on the as-of session, have no signal.
    """
    with connection.transaction():  # read and done: an open one would swallow the caller's into a savepoint
        history = prices.load_history(connection, as_of=as_of)
    is_current = history.is_tradable & np.isfinite(history.close[:, -1])
    block = PriceBlock(history.symbols, history.open, history.high, history.low, history.close, history.volume).take(
        np.flatnonzero(is_current).astype(np.int64)
    )
    weights = {entry.name: checked_weights(entry.strategy, block)[:, -1] for entry in strategies}
    return block.symbols, weights


def config_hash(strategies: Sequence[registry.RegisteredStrategy], costs: Costs) -> str:
    """Return the hash of all that people configure of a backtest: strategies by name, and costs."""
    content = {"costs": asdict(costs), "strategies": {entry.name: entry.config_hash for entry in strategies}}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
