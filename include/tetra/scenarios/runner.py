"""Generation of an as-of date's scenarios: read prices, make what changed, store it in batches, judge the families.

A batch of scenarios is one transaction: a run that is killed leaves whole scenarios, and the next one makes the rest.
"""

from __future__ import annotations

import logging
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numba
import psycopg
from threadpoolctl import threadpool_limits

from tetra.calendars import STOCK_CALENDAR, is_session, sessions_between
from tetra.data.market_context import load_context
from tetra.data.membership import LONGEST_CLOSURE_DAYS, expand_symbols
from tetra.data.prices import load_history
from tetra.data.realism_writer import moments_off, ready_returns, replace_cards, stored_card_hashes
from tetra.data.scenario_writer import MadeScenario, delete_scenarios, replace_scenarios
from tetra.data.scenarios import StoredScenario, stored_hashes
from tetra.data.sessions import require_landed
from tetra.data.universe import load_universe
from tetra.errors import ScenarioError
from tetra.scenarios.catalogue import Catalogue, load_catalogue
from tetra.scenarios.exposures_factors import MACRO_SERIES
from tetra.scenarios.families import JUDGED_TYPES, FamilyCard, due_cards, judge_families, judge_set
from tetra.scenarios.planning import Plan, plan_scenarios
from tetra.scenarios.randomness import code_hash
from tetra.scenarios.report import GenerationReport, Preview
from tetra.scenarios.request import GenerationRequest

log = logging.getLogger(__name__)

BATCH = 24
"""Scenarios per transaction: 24 of 153 symbols and a year, all fields, are 37 MB in memory."""

CLOSES_PER_FIELDS = 5
"""Times as many where stochastic paths have closes alone: fewer commits to wait for, and as much memory."""


def generate(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    seed: int | None = None,
    request: GenerationRequest | None = None,
    workers: int = 2,
) -> GenerationReport:
    """Make the scenarios of an as-of date that are new or changed; delete those no longer wanted.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``.
    as_of : date
        A session of the stock calendar; nothing after it is read.
    seed : int, optional
        At least 0; all randomness of the run. Default: the catalogue's.
    request : GenerationRequest, optional
        What is wanted; types that are not stay untouched. Default: everything the catalogue names.
    workers : int
        Threads that make paths.

    Raises
    ------
    SettingsError
        If a type, the severity or the catalogue is not valid.
    ScenarioError
        If the as-of date is no session or its prices have not landed, or the seed or the workers are out of range.
    """
    started = time.monotonic()
    if workers < 1:
        raise ScenarioError(f"workers is {workers}; give a whole number above 0")
    wanted = request or GenerationRequest()
    # sums in another order would make other bytes on a machine with another number of cores
    with threadpool_limits(limits=1):
        run = _prepared(connection, as_of, seed, wanted)
        records = _make(connection, run, workers)
        deleted = delete_scenarios(connection, as_of=as_of, names=run.unwanted)
        records += _store_cards(connection, run)
    report = GenerationReport(
        as_of=as_of,
        generated=run.generated,
        unchanged=run.unchanged,
        not_covered=run.not_covered,
        deleted=tuple(deleted),
        failed=tuple(run.failed),
        families=dict(run.families),
        unrealistic=moments_off(connection, as_of=as_of),
        left_out=run.left_out,
        records=records,
        seconds=time.monotonic() - started,
        peak_gib=_peak_gib(),
    )
    connection.rollback()
    for symbol, reason in report.left_out.items():
        log.warning("scenarios of %s: %s is in no synthetic one: %s", as_of, symbol, reason)
    log.info("scenarios of %s: %s", as_of, report.as_json())
    return report


def preview(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    seed: int | None = None,
    request: GenerationRequest | None = None,
) -> Preview:
    """Return what :func:`generate` would do; nothing is written. Parameters and errors as there."""
    run = _prepared(connection, as_of, seed, request or GenerationRequest())
    connection.rollback()
    making = {plan.name for plan in run.to_make}
    return Preview(
        as_of=as_of,
        to_make=tuple(plan.name for plan in run.to_make),
        unchanged=tuple(plan.name for plan in run.plans if plan.name not in making),
        to_delete=tuple(run.unwanted),
        series=run.series,
        sessions=run.catalogue.settings.window,
    )


@dataclass
class _Run:
    """A generation under way: what was planned and found, and what came of it so far."""

    as_of: date
    seed: int
    types: tuple[str, ...]
    catalogue: Catalogue
    closes_only: bool
    series: int
    plans: list[Plan]
    stored: dict[str, StoredScenario]
    to_make: list[Plan] = field(default_factory=list)
    families: Counter[str] = field(default_factory=Counter)
    not_covered: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    cards: list[FamilyCard] = field(default_factory=list)
    generated: int = 0
    unchanged: int = 0

    def __post_init__(self) -> None:
        for plan in self.plans:
            before = self.stored.get(plan.name)
            if before is None or not before.is_active or before.hashes != (plan.input_hash, code_hash()):
                self.to_make.append(plan)
            elif before.reason is not None:
                self.not_covered[plan.name] = before.reason
            else:
                self.families[before.scenario_family] += 1
                self.unchanged += 1

    @property
    def unwanted(self) -> list[str]:
        """Names stored of the types asked for that are not planned."""
        names = {plan.name for plan in self.plans}
        return [name for name, entry in self.stored.items() if name not in names and entry.scenario_type in self.types]

    @property
    def left_out(self) -> dict[str, str]:
        """Why symbols with nearly all sessions of the lookback are in no synthetic scenario."""
        sources = (plan.source for plan in self.plans if plan.source is not None)  # all plans have the same
        source = next(sources, None)
        return {} if source is None else source.nearly_covered

    def count(self, made: MadeScenario) -> None:
        """Take note of a scenario that is stored."""
        scenario = made.scenario
        if any(check.status == "FAIL" for check in made.checks):
            self.failed.append(scenario.name)
        if scenario.reason is not None:
            self.not_covered[scenario.name] = scenario.reason
        else:
            self.families[scenario.family] += 1
            self.generated += 1


def _prepared(connection: psycopg.Connection[Any], as_of: date, seed: int | None, request: GenerationRequest) -> _Run:
    if not is_session(STOCK_CALENDAR, as_of):
        before = sessions_between(STOCK_CALENDAR, as_of - timedelta(days=LONGEST_CLOSURE_DAYS), as_of)[-1]
        raise ScenarioError(f"{as_of} is not a session of {STOCK_CALENDAR}; give {before}, the one before it")
    if seed is not None and not 0 <= seed < 2**63:
        raise ScenarioError(f"seed is {seed}; give a whole number of at least 0 and below 2 to the 63rd")
    types = request.scenario_types
    with connection.transaction():
        require_landed(connection, as_of)
        symbols = None
        if request.symbols is not None:
            symbols, _ = expand_symbols(connection, load_universe(), request.symbols, as_of)
        history = load_history(connection, as_of=as_of, symbols=symbols)
        context = load_context(connection, MACRO_SERIES)
        stored = stored_hashes(connection, as_of=as_of)
    catalogue = request.apply(load_catalogue(), history.sessions)
    seed = catalogue.settings.seed if seed is None else seed
    closes_only = request.stored_fields(catalogue) == "close"
    plans = plan_scenarios(
        catalogue,
        history,
        as_of=as_of,
        seed=seed,
        scenario_types=types,
        context=context,
        closes_only=closes_only,
    )
    return _Run(as_of, seed, types, catalogue, closes_only, len(history.symbols), plans, stored)


def _make(connection: psycopg.Connection[Any], run: _Run, workers: int) -> int:
    """Make and store what has to be, and judge the families meanwhile; return the rows written."""
    with connection.transaction():
        held = stored_card_hashes(connection, as_of=run.as_of)
    due = due_cards(run.plans, held)
    records = done = 0
    # the workers are what runs in parallel: a compiled loop of theirs that took all cores would only get in their way
    with ThreadPoolExecutor(workers, "scenarios", initializer=numba.set_num_threads, initargs=(1,)) as pool:
        judged = pool.submit(judge_families, due)
        size = BATCH * CLOSES_PER_FIELDS if run.closes_only else BATCH
        for batch in _made(run.to_make, pool, size):
            records += replace_scenarios(connection, batch, as_of=run.as_of, code_hash=code_hash())
            for entry in batch:
                run.count(entry)
            done += len(batch)
            log.info("%s of %s scenarios made and stored", done, len(run.to_make))
        run.cards += judged.result()
    return records


def _store_cards(connection: psycopg.Connection[Any], run: _Run) -> int:
    """Write the realism cards made and drop those of families that are gone; return the rows written."""
    with connection.transaction():
        held = stored_card_hashes(connection, as_of=run.as_of)
        together = judge_set(ready_returns(connection, as_of=run.as_of), run.as_of)
    cards = run.cards + ([together] if held.get(together.family) != together.input_hash else [])
    gone = [family for family in JUDGED_TYPES if family in run.types and not run.families[family]]
    return replace_cards(connection, cards, as_of=run.as_of, gone=gone)


def _made(plans: Sequence[Plan], pool: ThreadPoolExecutor, size: int) -> Iterator[list[MadeScenario]]:
    """Yield scenarios in the order of their plans in batches; the next one is made while one is stored."""
    ahead: list[Future[MadeScenario]] = []
    for start in range(0, len(plans), size):
        following = [pool.submit(_make_one, plan) for plan in plans[start : start + size]]
        if ahead:
            yield [future.result() for future in ahead]
        ahead = following
    if ahead:
        yield [future.result() for future in ahead]


def _make_one(plan: Plan) -> MadeScenario:
    scenario, checks = plan.make()
    return MadeScenario(scenario, checks, plan.input_hash)


def _peak_gib() -> float:
    # kilobytes on Linux, bytes on macOS
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 2**30
