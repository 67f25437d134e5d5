"""What a person may ask of a generation of scenarios, and how it changes the catalogue for that run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar, get_args

import numpy as np

from tetra.errors import SettingsError, unknown_value
from tetra.scenarios.catalogue import SCENARIO_TYPES, Catalogue, ScenarioType
from tetra.scenarios.stress_settings import SEVERITIES, Severity
from tetra.typing import DateArray

Word = TypeVar("Word", bound=str)

TYPE_CHOICES: Mapping[str, tuple[ScenarioType, ...]] = {
    "all": SCENARIO_TYPES,
    "stochastic": ("bootstrap", "monte_carlo"),
    **{name: (name,) for name in SCENARIO_TYPES},
}
"""What may be asked for by one word, and the types of scenarios it stands for."""

Fields = Literal["all", "close"]
FIELDS_CHOICES: tuple[Fields, ...] = get_args(Fields)

LEAST_LOOKBACK = 60
"""Sessions that synthetic scenarios need to draw from, as ``scenarios.yaml`` does."""

MANY_PATHS = 300
"""Stochastic paths beyond which only closes are stored unless all fields are asked for: five times the space else."""


@dataclass(frozen=True)
class GenerationRequest:
    """One run's wishes; what is None is as ``scenarios.yaml`` says.

    Parameters
    ----------
    types : tuple of str
        Of :data:`TYPE_CHOICES`; empty for all.
    num_scenarios : int or None
        Paths of each stochastic family.
    severity : str or None
        Of the stress scenarios.
    include_full_cycles : bool
        Whether historical episodes of the family ``full_cycle`` are wanted.
    symbols : tuple of str or None
        Instruments, groups or indices; default every instrument with bars.
    start_date : date or None
        First day that synthetic scenarios draw from, instead of the last two years.
    fields : str or None
        ``all`` or ``close``: what is stored of stochastic paths. None: all of them up to :data:`MANY_PATHS`.
    """

    types: tuple[str, ...] = ()
    num_scenarios: int | None = None
    severity: Severity | None = None
    include_full_cycles: bool = True
    symbols: tuple[str, ...] | None = None
    start_date: date | None = None
    fields: Fields | None = None

    @property
    def scenario_types(self) -> tuple[ScenarioType, ...]:
        """The types asked for, in the order they are made.

        Raises
        ------
        SettingsError
            For a word that is none, offering the nearest.
        """
        for name in self.types:
            if name not in TYPE_CHOICES:
                raise SettingsError(unknown_value("scenario type", name, TYPE_CHOICES))
        wanted = {found for name in self.types or ("all",) for found in TYPE_CHOICES[name]}
        return tuple(name for name in SCENARIO_TYPES if name in wanted)

    def apply(self, catalogue: Catalogue, sessions: DateArray) -> Catalogue:
        """Return the catalogue as this run wants it.

        Parameters
        ----------
        catalogue : Catalogue
        sessions : ndarray of datetime64[D]
            Of the history, ascending: what the lookback from ``start_date`` is counted in.

        Raises
        ------
        SettingsError
            If the severity is none, a number is not above zero, or the start date leaves too few sessions.
        """
        changes: dict[str, object] = {}
        if self.num_scenarios is not None:
            if self.num_scenarios < 1:
                raise SettingsError(f"num_scenarios is {self.num_scenarios}; give a whole number above 0")
            changes["bootstrap"] = catalogue.bootstrap.model_copy(update={"paths": self.num_scenarios})
            changes["monte_carlo"] = catalogue.monte_carlo.model_copy(update={"paths": self.num_scenarios})
        if self.severity is not None:
            changes["stress"] = catalogue.stress.model_copy(update={"severity": known_severity(self.severity)})
        if self.start_date is not None:
            days = int((sessions >= np.datetime64(self.start_date, "D")).sum()) - 1
            if days < LEAST_LOOKBACK:
                latest = (
                    f"{sessions[-LEAST_LOOKBACK - 1]} or an earlier one" if sessions.size > LEAST_LOOKBACK else "none"
                )
                raise SettingsError(
                    f"start_date {self.start_date} leaves {max(days, 0)} sessions to draw from, {LEAST_LOOKBACK} are "
                    f"needed; give {latest}"
                )
            changes["settings"] = catalogue.settings.model_copy(update={"lookback_sessions": days})
        changes["historical"] = tuple(
            event for event in catalogue.historical if (self.include_full_cycles or event.family != "full_cycle")
        )
        return catalogue.model_copy(update=changes)

    def stored_fields(self, catalogue: Catalogue) -> Fields:
        """Return what is stored of stochastic paths.

        Raises
        ------
        SettingsError
            If the fields asked for are none, offering the nearest.
        """
        if (fields := known_fields(self.fields)) is not None:
            return fields
        families = {"bootstrap": catalogue.bootstrap.paths, "monte_carlo": catalogue.monte_carlo.paths}
        paths = sum(count for name, count in families.items() if name in self.scenario_types)
        return "close" if paths > MANY_PATHS else "all"


def known_severity(severity: str | None) -> Severity | None:
    """Return the severity, None for none.

    Raises
    ------
    SettingsError
        If it is unknown, offering the nearest.
    """
    return _known("severity", severity, SEVERITIES)


def known_fields(fields: str | None) -> Fields | None:
    """Return what is to be stored, None for the default.

    Raises
    ------
    SettingsError
        If it is unknown, offering the nearest.
    """
    return _known("fields", fields, FIELDS_CHOICES)


def parse_types(words: Sequence[str]) -> tuple[str, ...]:
    """Return words as :class:`GenerationRequest` takes them; a comma may stand between several in one.

    Raises
    ------
    SettingsError
        For a word that is none of :data:`TYPE_CHOICES`, offering the nearest.
    """
    types = tuple(word.strip() for text in words for word in text.split(",") if word.strip())
    return types if GenerationRequest(types).scenario_types else ()


def _known(kind: str, word: str | None, choices: tuple[Word, ...]) -> Word | None:
    for choice in choices:
        if choice == word:
            return choice
    if word is not None:
        raise SettingsError(unknown_value(kind, word, choices))
    return None
