"""Generation of an as-of date's scenarios: read prices, make what changed, store each in one transaction."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from tetra.calendars import STOCK_CALENDAR, is_session
from tetra.data.prices import load_history
from tetra.data.scenario_writer import delete_scenarios, replace_scenario
from tetra.data.scenarios import stored_hashes
from tetra.errors import ScenarioError
from tetra.scenarios.catalogue import SCENARIO_TYPES, load_catalogue, require_known_types
from tetra.scenarios.planning import plan_scenarios
from tetra.scenarios.randomness import code_hash

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GenerationReport:
    """What one generation did.

    Parameters
    ----------
    as_of : date
    generated, unchanged : int
        Ready scenarios written, and left as they were.
    not_covered : mapping of str to str
        Reason per scenario that the data does not cover, written now or before.
    deleted : tuple of str
        Scenarios of this as-of that the catalogue no longer names.
    failed : tuple of str
        Scenarios written now with a check that is FAIL.
    families : mapping of str to int
        Ready scenarios per family.
    records : int
        Rows written.
    """

    as_of: date
    generated: int
    unchanged: int
    not_covered: Mapping[str, str]
    deleted: tuple[str, ...]
    failed: tuple[str, ...]
    families: Mapping[str, int]
    records: int

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return {
            "as_of": self.as_of.isoformat(),
            "generated": self.generated,
            "unchanged": self.unchanged,
            "not_covered": dict(self.not_covered),
            "deleted": list(self.deleted),
            "failed": list(self.failed),
            "families": dict(self.families),
            "records": self.records,
        }


def generate(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    seed: int,
    scenario_types: Sequence[str] | None = None,
) -> GenerationReport:
    """Make the scenarios of an as-of date that are new or changed; delete those no longer in the catalogue.

    Parameters
    ----------
    connection : psycopg.Connection
        Each scenario is one transaction on it.
    as_of : date
        A session of the stock calendar; nothing after it is read.
    seed : int
        At least 0; all randomness of the run.
    scenario_types : sequence of str, optional
        Leave the other types of this as-of untouched; default all.

    Raises
    ------
    SettingsError
        If a type or the catalogue is not valid.
    ScenarioError
        If the as-of date is no session or its prices have not landed, or the seed is negative.
    """
    require_known_types(scenario_types or ())
    if not is_session(STOCK_CALENDAR, as_of):
        raise ScenarioError(f"{as_of} is not a session of {STOCK_CALENDAR}; give the session before it")
    if seed < 0:
        raise ScenarioError(f"seed is {seed}; give a whole number of at least 0")
    catalogue = load_catalogue()
    with connection.transaction():
        history = load_history(connection, as_of=as_of)
        stored = stored_hashes(connection, as_of=as_of)
    plans = plan_scenarios(catalogue, history, as_of=as_of, seed=seed, scenario_types=scenario_types or SCENARIO_TYPES)
    families: Counter[str] = Counter()
    not_covered: dict[str, str] = {}
    failed: list[str] = []
    generated = unchanged = records = 0
    for plan in plans:
        before = stored.get(plan.name)
        if before is not None and before.hashes == (plan.input_hash, code_hash()):
            family, reason = before.scenario_family, before.reason
            unchanged += reason is None
        else:
            scenario, checks = plan.make()
            family, reason = scenario.family, scenario.reason
            records += replace_scenario(
                connection, scenario, checks, as_of=as_of, input_hash=plan.input_hash, code_hash=code_hash()
            )
            generated += reason is None
            failed += [plan.name] if any(check.status == "FAIL" for check in checks) else []
        if reason is None:
            families[family] += 1
        else:
            not_covered[plan.name] = reason
    deleted = delete_scenarios(
        connection,
        as_of=as_of,
        names=[
            name
            for name, entry in stored.items()
            if name not in {plan.name for plan in plans}
            and (scenario_types is None or entry.scenario_type in scenario_types)
        ],
    )
    report = GenerationReport(
        as_of, generated, unchanged, not_covered, tuple(deleted), tuple(failed), dict(families), records
    )
    log.info("scenarios of %s: %s", as_of, report.as_json())
    return report
