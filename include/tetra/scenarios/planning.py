"""Which scenarios an as-of date has, and from what: plans, each with a hash that says if it must be made."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_after, sessions_between
from tetra.data.prices import PriceHistory
from tetra.errors import ScenarioError
from tetra.scenarios.catalogue import Catalogue, HistoricalEvent
from tetra.scenarios.historical import replay, window_columns
from tetra.scenarios.randomness import digest
from tetra.scenarios.scenario import Check, Scenario
from tetra.scenarios.synthetic import SyntheticSource
from tetra.scenarios.validation import validate

Made = tuple[Scenario, tuple[Check, ...]]


@dataclass(frozen=True)
class Plan:
    """A scenario to be made.

    Parameters
    ----------
    name, scenario_type : str
    input_hash : str
        Of the prices read, the configuration and the seed: unchanged means that ``make`` would give the same.
    make : callable
        Returns the scenario and its checks.
    """

    name: str
    scenario_type: str
    input_hash: str
    make: Callable[[], Made]


def plan_scenarios(
    catalogue: Catalogue, history: PriceHistory, *, as_of: date, seed: int, scenario_types: Collection[str]
) -> list[Plan]:
    """Return the plans of an as-of date, historical ones first.

    Parameters
    ----------
    catalogue : Catalogue
    history : PriceHistory
        As known at ``as_of``, which is its last session.
    as_of : date
    seed : int
        At least 0.
    scenario_types : collection of str
        Those wanted.

    Raises
    ------
    ScenarioError
        If the history does not end at the as-of date.
    """
    if history.sessions.size == 0 or history.sessions[-1] != np.datetime64(as_of, "D"):
        last = history.sessions[-1] if history.sessions.size else "nothing"
        raise ScenarioError(
            f"price history ends with {last}, not with the as-of date {as_of}; land that session, "
            "or give a session of the stock calendar"
        )
    plans: list[Plan] = []
    if "historical" in scenario_types:
        plans += [_historical(event, catalogue, history, as_of=as_of) for event in catalogue.historical]
    synthetic = [kind for kind in ("bootstrap", "monte_carlo") if kind in scenario_types]
    if synthetic:
        plans += _synthetic(catalogue, history, synthetic, as_of=as_of, seed=seed)
    return plans


def _historical(event: HistoricalEvent, catalogue: Catalogue, history: PriceHistory, *, as_of: date) -> Plan:
    settings = catalogue.settings
    expected = sessions_between(STOCK_CALENDAR, event.start_date, event.end_date)
    columns = window_columns(history, expected, as_of=as_of)
    first, last = (int(columns[0]), int(columns[-1]) + 1) if columns.size else (0, 0)
    # the synthetic scenarios' settings change nothing here
    configuration = [
        event.model_dump(mode="json"),
        settings.model_dump(exclude={"seed", "lookback_sessions", "window"}),
    ]
    prices = _price_digest(history, max(0, first - max(settings.warmup_bars, 1)), last)

    def make() -> Made:
        return _checked(replay(event, history, expected=expected, as_of=as_of, settings=settings), catalogue)

    return Plan(event.name, "historical", digest(prices, expected, configuration), make)


def _synthetic(catalogue: Catalogue, history: PriceHistory, kinds: list[str], *, as_of: date, seed: int) -> list[Plan]:
    settings = catalogue.settings
    sessions = sessions_after(STOCK_CALENDAR, as_of, settings.window)
    source = SyntheticSource(history, catalogue, sessions, as_of, seed)
    columns = max(settings.lookback_sessions + 1, settings.warmup_bars)
    held = history.sessions.size
    shared = digest(
        _price_digest(history, max(0, held - columns), held),
        sessions,
        settings.model_dump(exclude={"seed", "context_days", "symbol_coverage"}),
        catalogue.bootstrap.block_length,  # also of the band that all paths are checked against
        seed,
    )
    makers: dict[str, tuple[str, int, Any, Callable[[str], Made]]] = {
        "bootstrap": ("Bootstrap", catalogue.bootstrap.paths, [], source.bootstrap),
        "monte_carlo": (
            "Monte Carlo",
            catalogue.monte_carlo.paths,
            catalogue.monte_carlo.model_dump(exclude={"paths"}),
            source.monte_carlo,
        ),
    }

    def plan(kind: str, number: int) -> Plan:
        title, _, configuration, maker = makers[kind]
        name = f"{title} {number:03d}"

        def make() -> Made:
            scenario, checks = maker(name)
            made, general = _checked(scenario, catalogue)
            return made, general + checks

        return Plan(name, kind, digest(shared, configuration, name), make)

    return [plan(kind, number) for kind in kinds for number in range(1, makers[kind][1] + 1)]


def _checked(scenario: Scenario, catalogue: Catalogue) -> Made:
    settings = catalogue.settings
    return scenario, validate(scenario, symbol_coverage=settings.symbol_coverage, warmup_bars=settings.warmup_bars)


def _price_digest(history: PriceHistory, start: int, stop: int) -> str:
    fields = (history.open, history.high, history.low, history.close, history.volume)
    return digest(
        list(history.symbols),
        history.is_tradable,
        history.sessions[start:stop],
        *(np.ascontiguousarray(field[:, start:stop]) for field in fields),
    )
