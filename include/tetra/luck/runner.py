"""The luck of an as-of date's strategies, tied to storage: worked out on the full history, stored in one transaction.

Runs after the backtest and after walk-forward. A run that was killed has changed nothing; the same scenarios,
strategies, ledger and seed give the same rows.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg
from threadpoolctl import threadpool_limits

from tetra.backtest.admission import admitted
from tetra.backtest.cells import market_of, why_without_cells
from tetra.backtest.risk import load
from tetra.backtest.runner import Report
from tetra.backtest.signals import event_fields
from tetra.data import results, scenarios
from tetra.data.luck_rows import (
    FULL_SAMPLE,
    OUT_OF_SAMPLE,
    JudgedFamily,
    count_trials,
    replace_luck,
    stored_walks,
)
from tetra.data.strategy_rows import REJECTED, Audit, stored_audits
from tetra.errors import DataError, StrategyError
from tetra.luck import candidates
from tetra.luck.candidates import Ground, StoredWalk
from tetra.luck.family import Candidate, FamilyLuck, Luck, judge
from tetra.luck.null_twins import permuted_dates
from tetra.luck.verdict import Verdict
from tetra.scenarios.full_history import NAME as FULL_HISTORY
from tetra.scenarios.randomness import stream
from tetra.strategies import registry
from tetra.strategies.registry import RegisteredStrategy

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LuckReport(Report):
    """How many strategies got which verdict, and why some were not tested."""

    verdicts: dict[str, int]
    not_tested: dict[str, str]


@dataclass(frozen=True)
class _Known:
    """What is known of an as-of date before anything is worked out."""

    audits: Mapping[str, Audit]
    walks: Mapping[str, StoredWalk]
    seed: int
    n_ever: int
    is_ready: bool


def run(connection: psycopg.Connection[Any], *, as_of: date) -> LuckReport:
    """Work out the luck of every enabled strategy and replace what is stored of the as-of date.

    Raises
    ------
    BacktestError
        If the strategies are not those of the run's first step.
    DataError
        If a stored walk is not what its choices give.
    StrategyError
        If a strategy fails.
    """
    return store(connection, judge_all(connection, as_of=as_of), as_of=as_of)


def store(connection: psycopg.Connection[Any], judged: JudgedFamily, *, as_of: date) -> LuckReport:
    """Replace what is stored of the as-of date."""
    with connection.transaction():
        written = replace_luck(connection, judged, as_of=as_of)
    verdicts = Counter(str(luck.verdict) for luck in judged.family.strategies)
    reasons = {luck.name: luck.reason for luck in judged.family.strategies if luck.reason is not None}
    log.info("luck as of %s: %s", as_of, dict(verdicts))
    return LuckReport(as_of, written, dict(verdicts), reasons)


def judge_all(connection: psycopg.Connection[Any], *, as_of: date) -> JudgedFamily:
    """Return the luck of every enabled strategy; those without a verdict on their luck have a reason.

    Raises
    ------
    BacktestError, DataError, StrategyError
        As of ``run``.
    """
    passed = admitted(connection)
    known = _known(connection, as_of=as_of)
    ground = _ground(connection, passed, known, as_of=as_of) if known.is_ready else None
    reasons = {entry.name: _why_not_run(entry, known, as_of=as_of) for entry in registry.enabled()}
    made = _candidates([entry for entry in passed if reasons[entry.name] is None], ground, known, reasons)
    n_days = 0 if ground is None else ground.n_days
    looking_ahead = [name for name in reasons if known.audits[name].audit_status == REJECTED]
    together = [*made, *(candidates.rejected(name, n_days=n_days) for name in looking_ahead)]
    family = judge(together, n_ever=known.n_ever, rng=stream(known.seed, f"luck of {as_of}: days drawn again"))
    planned = {entry.name for entry in passed if entry.walk_forward is not None}
    window = None if ground is None else ground.panel.sessions[ground.panel.window_start :]
    return JudgedFamily(
        family=replace(family, strategies=_told(family, reasons)),
        samples={entry.name: OUT_OF_SAMPLE if entry.name in planned else FULL_SAMPLE for entry in made},
        seed=known.seed,
        first_session=None if window is None else window[0].item(),
        last_session=None if window is None else window[-1].item(),
    )


def _known(connection: psycopg.Connection[Any], *, as_of: date) -> _Known:
    audits = stored_audits(connection)
    ready = {key.scenario_name for key in scenarios.list_ready(connection, as_of=as_of)}
    with connection.transaction():
        return _Known(
            audits=audits,
            walks=stored_walks(connection, as_of=as_of, scenario_name=FULL_HISTORY),
            seed=results.scenario_seed(connection, as_of=as_of),
            n_ever=count_trials(connection, as_of=as_of),
            is_ready=FULL_HISTORY in ready,
        )


def _ground(
    connection: psycopg.Connection[Any], passed: Sequence[RegisteredStrategy], known: _Known, *, as_of: date
) -> Ground:
    panel = scenarios.load_panel(connection, as_of=as_of, scenario_name=FULL_HISTORY, event_fields=event_fields(passed))
    rng = stream(known.seed, f"luck of {as_of}: dates of null twins")
    return Ground(panel, market_of(panel), load(), permuted_dates(panel.sessions.size - panel.window_start, rng=rng))


def _why_not_run(entry: RegisteredStrategy, known: _Known, *, as_of: date) -> str | None:
    """Return why there is nothing to judge of a strategy, as far as is known before it is run."""
    audit = known.audits[entry.name]
    if not audit.has_passed:
        return audit.audit_detail or "not audited"
    if not known.is_ready:
        return f"{FULL_HISTORY} is not ready as of {as_of}"
    if entry.walk_forward is not None and entry.name not in known.walks:
        return f"{FULL_HISTORY} is too short for its walk_forward plan, or it was not walked"
    return None


def _candidates(
    entries: Sequence[RegisteredStrategy], ground: Ground | None, known: _Known, reasons: dict[str, str | None]
) -> list[Candidate]:
    """Return those of the strategies that have a cell; of the others, enter why not."""
    if ground is None:
        return []
    # one thread a strategy: the products of matrices inside are not spread further
    with threadpool_limits(limits=1), ThreadPoolExecutor(len(os.sched_getaffinity(0))) as executor:
        made = list(executor.map(lambda entry: _candidate(entry, ground, known.walks), entries))
    for entry, candidate in zip(entries, made, strict=True):
        if candidate is None:
            reasons[entry.name] = f"no cell in {FULL_HISTORY}: {why_without_cells(entry.strategy, ground.market)}"
    return [candidate for candidate in made if candidate is not None]


def _candidate(entry: RegisteredStrategy, ground: Ground, walks: Mapping[str, StoredWalk]) -> Candidate | None:
    try:
        if entry.walk_forward is not None:
            return candidates.out_of_sample(entry, ground, walk=walks[entry.name])
        return candidates.on_full_history(entry, ground)
    except DataError:
        raise
    except Exception as error:
        raise StrategyError(f"{entry.name!r} fails in {FULL_HISTORY!r}: {type(error).__name__}: {error}") from error


def _told(family: FamilyLuck, reasons: Mapping[str, str | None]) -> tuple[Luck, ...]:
    """Return the luck of every strategy by name: of those that were no candidates too, with the reason."""
    judged = {luck.name: luck for luck in family.strategies}
    told = []
    for name in sorted(reasons):
        luck, reason = judged.get(name, Luck(name, Verdict.NOT_TESTED, None, 0)), reasons[name]
        told.append(luck if reason is None else replace(luck, reason=reason))
    return tuple(told)
