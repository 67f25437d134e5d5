"""Realism cards of the families of synthetic scenarios, and of an as-of date's scenarios together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from tetra.scenarios.planning import Plan
from tetra.scenarios.randomness import code_hash, digest
from tetra.scenarios.realism import Moment, card
from tetra.scenarios.synthetic import SyntheticSource

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
    """A card that has to be made anew, of the paths of these names."""

    family: str
    names: tuple[str, ...]
    input_hash: str
    source: SyntheticSource


def due_cards(plans: Sequence[Plan], held: Mapping[str, str]) -> list[DueCard]:
    """Return the cards whose scenarios have changed.

    Parameters
    ----------
    plans : sequence of Plan
        Of the run.
    held : mapping of str to str
        Input hash per family of the cards stored.
    """
    due = []
    for family in JUDGED_TYPES:
        judged = [plan for plan in plans if plan.scenario_type == family][:MOST_PATHS]
        input_hash = digest([plan.input_hash for plan in judged], code_hash())
        if judged and judged[0].source is not None and held.get(family) != input_hash:
            due.append(DueCard(family, tuple(plan.name for plan in judged), input_hash, judged[0].source))
    return due


def judge_families(due: Sequence[DueCard]) -> list[FamilyCard]:
    """Return the cards that are due; none where synthetic scenarios cannot be made.

    Parameters
    ----------
    due : sequence of DueCard
    """
    if not due or due[0].source.not_covered is not None:
        return []
    source = due[0].source.realism_source
    cards = []
    for entry in due:
        paths, residuals = entry.source.judged_paths(entry.family, entry.names)
        cards.append(FamilyCard(entry.family, card(source, paths, residuals=residuals), entry.input_hash))
    return cards


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
        "scenarios": (len(set(expected_returns)), LEAST_SCENARIOS),  # two of one return are one path twice
        "bull_scenarios": (int((returns > NEUTRAL_RETURN).sum()), 1),
        "neutral_scenarios": (int((np.abs(returns) <= NEUTRAL_RETURN).sum()), 1),
        "bear_scenarios": (int((returns < -NEUTRAL_RETURN).sum()), 1),
    }
    moments = tuple(
        Moment(name, float("nan"), float(count), float(least), None, "PASS" if count >= least else "WARN")
        for name, (count, least) in counts.items()
    )
    return FamilyCard(WHOLE_SET, moments, digest(as_of.isoformat(), list(expected_returns)))
