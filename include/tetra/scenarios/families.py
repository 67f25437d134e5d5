"""Realism cards of the families of synthetic scenarios, and of an as-of date's scenarios together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from tetra.data.prices import PriceHistory
from tetra.scenarios.catalogue import Catalogue
from tetra.scenarios.lookback import select
from tetra.scenarios.planning import Plan
from tetra.scenarios.randomness import code_hash, digest, stream
from tetra.scenarios.realism import Moment, Source, card, describe_source
from tetra.scenarios.scenario import Scenario
from tetra.typing import FloatArray

JUDGED_TYPES = ("bootstrap", "monte_carlo")
"""Families that are made to look like their source; stress scenarios are made not to."""

MOST_PATHS = 100
"""Of a family: moments are means over paths, and of a hundred they hardly move."""

WHOLE_SET = "set"
LEAST_SCENARIOS = 50
NEUTRAL_RETURN = 0.05
"""A scenario whose mean total return lies within it, up or down, is a neutral one."""


@dataclass(frozen=True)
class FamilyCard:
    """The card of one family.

    Parameters
    ----------
    family : str
    moments : tuple of Moment
    input_hash : str
        Of the scenarios judged.
    """

    family: str
    moments: tuple[Moment, ...]
    input_hash: str

    @property
    def off(self) -> tuple[str, ...]:
        """Names of the moments that do not fit."""
        return tuple(moment.name for moment in self.moments if moment.status == "WARN")


@dataclass(frozen=True)
class DueCard:
    """A card that has to be made anew, from the scenarios of these plans."""

    family: str
    plans: tuple[Plan, ...]
    input_hash: str


def due_cards(plans: Iterable[Plan], held: Mapping[str, str]) -> list[DueCard]:
    """Return the cards whose scenarios have changed.

    Parameters
    ----------
    plans : iterable of Plan
        Of the run.
    held : mapping of str to str
        Input hash per family of the cards stored.
    """
    due = []
    for family in JUDGED_TYPES:
        judged = tuple(plan for plan in plans if plan.scenario_type == family)[:MOST_PATHS]
        input_hash = digest([plan.input_hash for plan in judged], code_hash())
        if judged and held.get(family) != input_hash:
            due.append(DueCard(family, judged, input_hash))
    return due


def judge_families(
    due: Sequence[DueCard],
    closes: Mapping[str, FloatArray],
    catalogue: Catalogue,
    history: PriceHistory,
    *,
    seed: int,
) -> list[FamilyCard]:
    """Return the cards that are due; none where the history is too short for synthetic scenarios.

    Parameters
    ----------
    due : sequence of DueCard
    closes : mapping of str to ndarray of shape (n_tradable, n_sessions + 1)
        Per scenario made in this run the closes of its tradable series, the last real one first; those that are not
        here are made again.
    catalogue : Catalogue
    history : PriceHistory
        As known at the as-of date.
    seed : int
        Of the run.
    """
    lookback, _ = select(history, days=catalogue.settings.lookback_sessions)
    if not due or lookback is None:
        return []
    source = describe_source(
        np.log(lookback.bars.close / lookback.previous_close)[lookback.is_tradable],
        sessions=catalogue.settings.window,
        block_length=catalogue.bootstrap.block_length,
        rng=stream(seed, "realism"),
    )
    return [found for entry in due if (found := _judged(entry, closes, source)) is not None]


def judged_closes(scenario: Scenario) -> FloatArray | None:
    """Return what a card needs of a scenario; None where it is none of a family that is judged."""
    if scenario.bars is None or scenario.scenario_type not in JUDGED_TYPES:
        return None
    rows = scenario.is_tradable
    return np.concatenate([scenario.base_close[rows, None], scenario.bars.close[rows]], axis=1)


def judge_set(expected_returns: Sequence[float | None], as_of: date) -> FamilyCard:
    """Return the card of all scenarios of an as-of date together.

    Parameters
    ----------
    expected_returns : sequence of float or None
        Of every scenario that is ready.
    as_of : date
    """
    returns = np.array([value for value in expected_returns if value is not None])
    counts = {
        "scenarios": (len(expected_returns), LEAST_SCENARIOS),
        "bull_scenarios": (int((returns > NEUTRAL_RETURN).sum()), 1),
        "neutral_scenarios": (int((np.abs(returns) <= NEUTRAL_RETURN).sum()), 1),
        "bear_scenarios": (int((returns < -NEUTRAL_RETURN).sum()), 1),
    }
    moments = tuple(
        Moment(name, float("nan"), float(count), float(least), None, "PASS" if count >= least else "WARN")
        for name, (count, least) in counts.items()
    )
    return FamilyCard(WHOLE_SET, moments, digest(as_of.isoformat(), list(expected_returns)))


def _judged(due: DueCard, closes: Mapping[str, FloatArray], source: Source) -> FamilyCard | None:
    paths = []
    for plan in due.plans:
        found = closes[plan.name] if plan.name in closes else judged_closes(plan.make()[0])
        if found is None:
            return None  # not covered: there is nothing to judge
        paths.append(np.diff(np.log(found), axis=1))
    return FamilyCard(due.family, card(source, np.stack(paths)), due.input_hash)
