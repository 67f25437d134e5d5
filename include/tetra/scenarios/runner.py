"""Generation of an as-of date's scenarios: read prices, make what changed, store it in batches, judge the families.

A batch of scenarios is one transaction: a run that is killed leaves whole scenarios, and the next one makes the rest.
"""

from __future__ import annotations

import itertools
import logging
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import psycopg

from tetra.calendars import STOCK_CALENDAR, is_session
from tetra.data.market_context import load_context
from tetra.data.membership import expand_symbols
from tetra.data.prices import PriceHistory, load_history
from tetra.data.realism_writer import ready_returns, replace_cards, stored_card_hashes
from tetra.data.scenario_writer import MadeScenario, delete_scenarios, replace_scenarios
from tetra.data.scenarios import StoredScenario, stored_hashes
from tetra.data.universe import load_universe
from tetra.errors import ScenarioError
from tetra.scenarios.catalogue import Catalogue, load_catalogue
from tetra.scenarios.exposures_factors import MACRO_SERIES
from tetra.scenarios.families import due_cards, judge_families, judge_set, judged_closes
from tetra.scenarios.planning import Plan, plan_scenarios
from tetra.scenarios.randomness import code_hash
from tetra.scenarios.report import GenerationReport, Preview
from tetra.scenarios.request import GenerationRequest
from tetra.typing import FloatArray

log = logging.getLogger(__name__)

BATCH = 24
"""Scenarios per transaction: 24 of 153 symbols and a year, all fields, are 20 MB."""


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
    catalogue, history, plans, stored = _prepared(connection, as_of, seed, wanted)
    to_make, families, not_covered = _split(plans, stored)
    unchanged = sum(families.values())
    due = due_cards(plans, stored_card_hashes(connection, as_of=as_of))
    connection.rollback()  # each batch is a transaction of its own
    judged = {plan.name for entry in due for plan in entry.plans}
    closes: dict[str, FloatArray] = {}
    closes_only = wanted.stored_fields(catalogue) == "close"
    failed: list[str] = []
    generated = records = done = 0
    for batch in _batches(_made(to_make, workers)):
        records += replace_scenarios(connection, batch, as_of=as_of, code_hash=code_hash(), closes_only=closes_only)
        for entry in batch:
            if entry.scenario.name in judged and (found := judged_closes(entry.scenario)) is not None:
                closes[entry.scenario.name] = found
            failed += [entry.scenario.name] if any(check.status == "FAIL" for check in entry.checks) else []
            if entry.scenario.reason is None:
                families[entry.scenario.family] += 1
                generated += 1
            else:
                not_covered[entry.scenario.name] = entry.scenario.reason
        done += len(batch)
        log.info("%s of %s scenarios made and stored", done, len(to_make))
    names = _unwanted(plans, stored, wanted)
    deleted = delete_scenarios(connection, as_of=as_of, names=names)
    cards = judge_families(due, closes, catalogue, history, seed=_seed(catalogue, seed))
    cards.append(judge_set(ready_returns(connection, as_of=as_of), as_of))
    connection.rollback()
    held = stored_card_hashes(connection, as_of=as_of)
    connection.rollback()
    new = [card for card in cards if held.get(card.family) != card.input_hash]
    records += replace_cards(connection, new, as_of=as_of)
    report = GenerationReport(
        as_of=as_of,
        generated=generated,
        unchanged=unchanged,
        not_covered=not_covered,
        deleted=tuple(deleted),
        failed=tuple(failed),
        families=dict(families),
        unrealistic={card.family: card.off for card in cards if card.off},
        records=records,
        seconds=time.monotonic() - started,
        peak_gib=_peak_gib(),
    )
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
    wanted = request or GenerationRequest()
    catalogue, history, plans, stored = _prepared(connection, as_of, seed, wanted)
    to_make, _, _ = _split(plans, stored)
    making = {plan.name for plan in to_make}
    return Preview(
        as_of=as_of,
        to_make=tuple(plan.name for plan in to_make),
        unchanged=tuple(plan.name for plan in plans if plan.name not in making),
        to_delete=tuple(_unwanted(plans, stored, wanted)),
        series=len(history.symbols),
        sessions=catalogue.settings.window,
    )


def _prepared(
    connection: psycopg.Connection[Any], as_of: date, seed: int | None, request: GenerationRequest
) -> tuple[Catalogue, PriceHistory, list[Plan], dict[str, StoredScenario]]:
    if not is_session(STOCK_CALENDAR, as_of):
        raise ScenarioError(f"{as_of} is not a session of {STOCK_CALENDAR}; give the session before it")
    if seed is not None and seed < 0:
        raise ScenarioError(f"seed is {seed}; give a whole number of at least 0")
    types = request.scenario_types
    with connection.transaction():
        symbols = None
        if request.symbols is not None:
            symbols, _ = expand_symbols(connection, load_universe(), request.symbols, as_of)
        history = load_history(connection, as_of=as_of, symbols=symbols)
        context = load_context(connection, MACRO_SERIES)
        stored = stored_hashes(connection, as_of=as_of)
    catalogue = request.apply(load_catalogue(), history.sessions)
    plans = plan_scenarios(
        catalogue, history, as_of=as_of, seed=_seed(catalogue, seed), scenario_types=types, context=context
    )
    return catalogue, history, plans, stored


def _seed(catalogue: Catalogue, seed: int | None) -> int:
    return catalogue.settings.seed if seed is None else seed


def _split(plans: Sequence[Plan], stored: dict[str, StoredScenario]) -> tuple[list[Plan], Counter[str], dict[str, str]]:
    """Return the plans to carry out, and of the others the families and why some are not covered."""
    to_make: list[Plan] = []
    families: Counter[str] = Counter()
    not_covered: dict[str, str] = {}
    for plan in plans:
        before = stored.get(plan.name)
        if before is None or before.hashes != (plan.input_hash, code_hash()):
            to_make.append(plan)
        elif before.reason is None:
            families[before.scenario_family] += 1
        else:
            not_covered[plan.name] = before.reason
    return to_make, families, not_covered


def _unwanted(plans: Sequence[Plan], stored: dict[str, StoredScenario], request: GenerationRequest) -> list[str]:
    names = {plan.name for plan in plans}
    types = set(request.scenario_types)
    return [name for name, entry in stored.items() if name not in names and entry.scenario_type in types]


def _made(plans: Sequence[Plan], workers: int) -> Iterator[MadeScenario]:
    """Yield scenarios in the order of their plans, a batch per worker ahead of whoever stores them."""
    with ThreadPoolExecutor(workers, thread_name_prefix="scenarios") as pool:
        for group in _batches(iter(plans), size=BATCH):
            for plan, (scenario, checks) in zip(group, pool.map(lambda one: one.make(), group), strict=True):
                yield MadeScenario(scenario, checks, plan.input_hash)


def _batches(items: Iterator[Any], *, size: int = BATCH) -> Iterator[list[Any]]:
    while batch := list(itertools.islice(items, size)):
        yield batch


def _peak_gib() -> float:
    # kilobytes on Linux, bytes on macOS
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 2**30
