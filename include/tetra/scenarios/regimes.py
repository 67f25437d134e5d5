"""Regimes: spells of bull, bear, volatile and ranging markets found in history, each a scenario of its own.

Two methods look at the same market: rules (:mod:`tetra.scenarios.regime_rules`) and a hidden Markov model
(:mod:`tetra.scenarios.regime_hmm`). A spell is a run of sessions with one label, short gaps within it tolerated; it
ends with its last labelled session, at the latest at the as-of date. Spells may overlap, and are replayed from real
bars as named events are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from tetra.data.prices import PriceHistory
from tetra.scenarios.historical import Window
from tetra.scenarios.regime_hmm import label_by_states
from tetra.scenarios.regime_market import MarketSeries, market_series
from tetra.scenarios.regime_rules import TRADING_DAYS, label_by_rules
from tetra.scenarios.regime_settings import RegimeSettings
from tetra.typing import BoolArray

TYPE = "regime"

Method = Literal["rules", "hidden_markov"]

METHOD_TITLES: Mapping[Method, str] = {"rules": "rules", "hidden_markov": "HMM"}


@dataclass(frozen=True)
class Spell:
    """One spell of a regime.

    Parameters
    ----------
    kind : str
        Of the rules ``bull``, ``bear``, ``high_volatility`` or ``ranging``; of the model ``low_volatility``,
        ``medium_volatility`` or ``high_volatility``.
    method : {"rules", "hidden_markov"}
    start_date, end_date : date
        First and last session that have the label.
    sessions : int
        Of the market, from the first to the last.
    labelled_share : float
        Of these, the share that have the label; the others are gaps.
    is_running : bool
        Whether the label still held on the market's last session.
    market : tuple of str
        What its returns are of.
    market_return, market_volatility : float
        Of the market in the spell: total return, and annualised volatility, as fractions.
    volatility_ratio : float
        Its volatility over that of all the market's sessions; 1 where those never move.
    """

    kind: str
    method: Method
    start_date: date
    end_date: date
    sessions: int
    labelled_share: float
    is_running: bool
    market: tuple[str, ...]
    market_return: float
    market_volatility: float
    volatility_ratio: float

    @property
    def name(self) -> str:
        """Of its scenario: unique, as no two spells of a kind and method begin together."""
        title = self.kind.replace("_", " ").title()
        return f"{title} {self.start_date} to {self.end_date} ({METHOD_TITLES[self.method]})"


def find_spells(history: PriceHistory, settings: RegimeSettings, *, as_of: date, min_symbols: int) -> tuple[Spell, ...]:
    """Return the spells of every kind that are kept, in the order of their starts.

    Parameters
    ----------
    history : PriceHistory
        As known at ``as_of``; later columns are never looked at.
    settings : RegimeSettings
        All spells are kept, or the longest ``spells_per_kind`` of each kind and method, of equal ones the later.
    as_of : date
    min_symbols : int
        Tradable symbols that must have had a bar by a spell's first session: what begins earlier could not be a
        scenario, however well an index tells it.
    """
    market = _up_to(
        market_series(
            history, market=settings.market, volatility_index=settings.volatility_index, min_symbols=min_symbols
        ),
        as_of,
    )
    earliest = _earliest_start(history, min_symbols)
    if market.returns.size == 0 or earliest is None:
        return ()
    least = {kind: rule["min_sessions"] for kind, rule in settings.rules.model_dump(exclude={"indicators"}).items()}
    found = _spells("rules", market, label_by_rules(market, settings.rules), least, settings.gap_sessions)
    states = label_by_states(market.log_returns, settings.hidden_markov)
    least = settings.hidden_markov.min_sessions.model_dump()
    found += _spells("hidden_markov", market, states, least, settings.gap_sessions)
    usable = [spell for spell in found if spell.start_date >= earliest]
    return tuple(sorted(_longest(usable, settings.spells_per_kind), key=lambda spell: (spell.start_date, spell.name)))


def window_of_spell(spell: Spell) -> Window:
    """Return the window of a spell, for :func:`tetra.scenarios.historical.replay_window`."""
    return Window(
        name=spell.name,
        scenario_type=TYPE,
        family=TYPE,
        start_date=spell.start_date,
        end_date=spell.end_date,
        volatility_multiplier=spell.volatility_ratio,
        parameters={
            "kind": spell.kind,
            "method": spell.method,
            "labelled_share": spell.labelled_share,
            "is_running": spell.is_running,
            "market": list(spell.market),
            "market_return": spell.market_return,
            "market_volatility": spell.market_volatility,
        },
    )


def runs(labels: BoolArray, *, gap: int, least: int) -> list[tuple[int, int]]:
    """Return the first and last position of each run of labels.

    Parameters
    ----------
    labels : ndarray of bool, shape (n,)
    gap : int
        Positions in a row without the label that a run survives.
    least : int
        Positions, gaps included, that a run needs.
    """
    labelled = np.flatnonzero(labels)
    if labelled.size == 0:
        return []
    breaks = np.flatnonzero(np.diff(labelled) > gap + 1)
    firsts = labelled[np.concatenate([[0], breaks + 1])]
    lasts = labelled[np.concatenate([breaks, [labelled.size - 1]])]
    pairs = zip(firsts.tolist(), lasts.tolist(), strict=True)
    return [(first, last) for first, last in pairs if last - first + 1 >= least]


def _spells(
    method: Method, market: MarketSeries, labels: Mapping[str, BoolArray], least: Mapping[str, int], gap: int
) -> list[Spell]:
    return [
        _spell(kind, method, market, labelled, first, last)
        for kind, labelled in labels.items()
        for first, last in runs(labelled, gap=gap, least=least[kind])
    ]


def _spell(kind: str, method: Method, market: MarketSeries, labelled: BoolArray, first: int, last: int) -> Spell:
    inside = slice(first, last + 1)
    volatility, usual = (float(market.log_returns[part].std(ddof=1)) for part in (inside, slice(None)))
    return Spell(
        kind=kind,
        method=method,
        start_date=market.sessions[first].item(),
        end_date=market.sessions[last].item(),
        sessions=last - first + 1,
        labelled_share=float(labelled[inside].mean()),
        is_running=last == market.sessions.size - 1,
        market=tuple(market.names[number] for number in np.unique(market.origin[inside])),
        market_return=float(np.expm1(market.log_returns[inside].sum())),
        market_volatility=volatility * TRADING_DAYS**0.5,
        volatility_ratio=volatility / usual if usual > 0.0 else 1.0,
    )


def _longest(spells: list[Spell], count: int | None) -> list[Spell]:
    kept: list[Spell] = []
    for kind, method in sorted({(spell.kind, spell.method) for spell in spells}):
        same = [spell for spell in spells if (spell.kind, spell.method) == (kind, method)]
        same.sort(key=lambda spell: (spell.sessions, spell.start_date), reverse=True)
        kept += same if count is None else same[:count]
    return kept


def _up_to(market: MarketSeries, as_of: date) -> MarketSeries:
    known = market.sessions <= np.datetime64(as_of, "D")
    return MarketSeries(
        market.sessions[known],
        market.returns[known],
        market.volatility_index[known],
        market.names,
        market.origin[known],
    )


def _earliest_start(history: PriceHistory, min_symbols: int) -> date | None:
    held = np.isfinite(history.close[history.is_tradable])
    begun = np.sort(held.argmax(axis=1)[held.any(axis=1)])
    if begun.size < min_symbols:
        return None
    earliest: date = history.sessions[begun[min_symbols - 1]].item()
    return earliest
