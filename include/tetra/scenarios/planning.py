"""Which scenarios an as-of date has, and from what: plans, each with a hash that says if it must be made."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_after, sessions_between
from tetra.data.market_context import MarketContext
from tetra.data.prices import PriceHistory
from tetra.errors import ScenarioError
from tetra.scenarios import full_history
from tetra.scenarios.catalogue import Catalogue
from tetra.scenarios.historical import Window, replay_window, window_columns, window_of
from tetra.scenarios.randomness import digest
from tetra.scenarios.regimes import find_spells, window_of_spell
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
    source : SyntheticSource or None
        What a synthetic scenario is made from.
    """

    name: str
    scenario_type: str
    input_hash: str
    make: Callable[[], Made]
    source: SyntheticSource | None = None


def plan_scenarios(
    catalogue: Catalogue,
    history: PriceHistory,
    *,
    as_of: date,
    seed: int,
    scenario_types: Collection[str],
    context: MarketContext | None = None,
    closes_only: bool = False,
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
    context : MarketContext, optional
        Sectors and macro series, which stress scenarios read.
    closes_only : bool
        Whether bootstraps and Monte Carlo paths have closes alone.

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
        plans += [_replayed(window_of(event), catalogue, history, as_of=as_of) for event in catalogue.historical]
    if "full_history" in scenario_types:
        plans.append(_full_history(catalogue, history, as_of=as_of))
    if "regime" in scenario_types:
        spells = find_spells(history, catalogue.regimes, as_of=as_of, min_symbols=catalogue.settings.min_symbols)
        plans += [_replayed(window_of_spell(spell), catalogue, history, as_of=as_of) for spell in spells]
    synthetic = [kind for kind in ("bootstrap", "monte_carlo", "stress") if kind in scenario_types]
    if synthetic:
        source = SyntheticSource(
            history,
            catalogue,
            sessions_after(STOCK_CALENDAR, as_of, catalogue.settings.window),
            as_of,
            seed,
            context or MarketContext(),
            closes_only,
        )
        plans += _synthetic(source, synthetic)
    return plans


def _replayed(window: Window, catalogue: Catalogue, history: PriceHistory, *, as_of: date) -> Plan:
    settings = catalogue.settings
    expected = sessions_between(STOCK_CALENDAR, window.start_date, window.end_date)
    columns = window_columns(history, expected, as_of=as_of)
    first, last = (int(columns[0]), int(columns[-1]) + 1) if columns.size else (0, 0)
    # the synthetic scenarios' settings change nothing here
    configuration = [asdict(window), settings.model_dump(exclude={"seed", "lookback_sessions", "window"})]
    prices = _price_digest(history, max(0, first - max(settings.warmup_bars, 1)), last)

    def make() -> Made:
        return _checked(replay_window(window, history, expected=expected, as_of=as_of, settings=settings), catalogue)

    return Plan(window.name, window.scenario_type, digest(prices, expected, configuration), make)


def _full_history(catalogue: Catalogue, history: PriceHistory, *, as_of: date) -> Plan:
    settings = catalogue.settings
    configuration = settings.model_dump(include={"warmup_bars", "min_symbols", "symbol_coverage"})
    prices = _price_digest(history, 0, history.sessions.size)

    def make() -> Made:
        return _checked(full_history.full_history(history, settings, as_of), catalogue)

    return Plan(full_history.NAME, full_history.TYPE, digest(prices, configuration), make)


def _synthetic(source: SyntheticSource, kinds: list[str]) -> list[Plan]:
    catalogue, history = source.catalogue, source.history
    settings = catalogue.settings
    columns = max(settings.lookback_sessions + 1, settings.warmup_bars)
    held = history.sessions.size
    shared = digest(
        _price_digest(history, max(0, held - columns), held),
        source.sessions,
        settings.model_dump(exclude={"seed", "context_days", "symbol_coverage"}),
        catalogue.bootstrap.block_length,  # also of the band that all paths are checked against
        source.seed,
    )
    bootstrap, monte_carlo, stress = catalogue.bootstrap, catalogue.monte_carlo, catalogue.stress
    makers: dict[str, tuple[list[str], Any, Callable[[str], Made]]] = {
        "bootstrap": (
            _numbered("Bootstrap", bootstrap.paths),
            [bootstrap.season, source.closes_only],
            source.bootstrap,
        ),
        "monte_carlo": (
            _numbered("Monte Carlo", monte_carlo.paths),
            [monte_carlo.model_dump(exclude={"paths"}), source.closes_only],
            source.monte_carlo,
        ),
        "stress": (
            [scenario.name for scenario in stress.scenarios],
            [stress.model_dump(mode="json"), bootstrap.season, source.context_digest if "stress" in kinds else None],
            source.stress,
        ),
    }

    def plan(kind: str, name: str) -> Plan:
        _, configuration, maker = makers[kind]

        def make() -> Made:
            scenario, checks = maker(name)
            made, general = _checked(scenario, catalogue)
            return made, general + checks

        return Plan(name, kind, digest(shared, configuration, name), make, source)

    return [plan(kind, name) for kind in kinds for name in makers[kind][0]]


def _numbered(title: str, paths: int) -> list[str]:
    # the same name, and so the same random stream, however many paths are asked for
    return [f"{title} {number:03d}" for number in range(1, paths + 1)]


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
