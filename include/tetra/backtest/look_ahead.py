"""The look-ahead guard: change the future, and the past must not move.

It audits the code of a strategy, not a market, so it runs on prices of its own making (``audit_prices``) and on other
futures of them (``audit_futures``). A strategy of kind single is tried at every bar of every series; legs, panels and
whatever series share (dates, the end of the prices) are tried after decisions, at turns of the month and at random
bars. When something moved, the first bar that does and how far it sees are looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from tetra.backtest.audit_futures import (
    CUT_OFF,
    LOWERED,
    MISSING,
    RAISED,
    Change,
    changed_blocks,
    changed_futures,
    every_cut,
    with_other_references,
)
from tetra.backtest.audit_prices import blocks_of_eras, dated_in_every_year
from tetra.backtest.audit_weights import decisions, differ, tolerances
from tetra.errors import LookAheadError, StrategyError
from tetra.strategies.base import FIELDS, Field, LegsStrategy, PriceBlock, Strategy, checked_weights
from tetra.typing import FloatArray, IntArray

CUTS = {"single": 8, "legs": 8, "panel": 8}
"""At how many random bars the future is changed."""
CUTS_AFTER_DECISIONS = {"single": 12, "legs": 120, "panel": 120}
"""After at most so many decisions, where a peek would show; a strategy of kind single is tried at every bar besides."""
ROWS_WITH_GAPS = 2
"""For how many series bars go missing at every cut; they are raised and lowered for all."""

MOST_WARMUP = 10_000
"""Bars; what needs more would be audited on prices that fill the memory."""


@dataclass(frozen=True)
class Movement:
    """The first weight that moved when only later bars were changed.

    Parameters
    ----------
    symbol : str
        Whose weight.
    bar : int
        The earliest bar that moved.
    cut : int
        Bars from this one on were changed, and none before; the latest for which the weight moved, so it sees
        ``cut - bar`` bars ahead.
    change : str
        What happened to them: cut off, raised, lowered, missing or dated later.
    """

    symbol: str
    bar: int
    cut: int
    change: str

    def __str__(self) -> str:
        moved = f"the weight of {self.symbol} on bar {self.bar} moved"
        return f"{moved} when only bars from {self.cut} on were {self.change}"


def require_no_look_ahead(strategy: Strategy, *, name: str, prices: PriceBlock | None = None, seed: int = 0) -> bool:
    """Raise if a strategy's weights up to some bar depend on what comes after it; see :func:`audit`.

    Returns
    -------
    bool
        Whether it ever wanted to hold anything on the prices audited on. If not, there was no peek to be seen.

    Raises
    ------
    LookAheadError
        Naming the first bar that moved.
    StrategyError
        As :func:`audit`.
    """
    moved, has_traded = _examine(strategy, name, prices, seed)
    if moved is not None:
        raise LookAheadError(f"strategy {name!r} looks ahead: {moved}; use bars up to the current one only")
    return has_traded


def audit(strategy: Strategy, *, name: str, prices: PriceBlock | None = None, seed: int = 0) -> Movement | None:
    """Return the first weight that depends on what comes after it, or None.

    Parameters
    ----------
    strategy : Strategy
        To be audited, of any kind.
    name : str
        As registered; for messages.
    prices : PriceBlock, optional
        Prices to audit on, with the symbols of the groups if it trades legs; by default made-up ones, long enough for
        the strategy to be warm on most bars.
    seed : int
        Draws the prices, the cuts and the changed futures.

    Raises
    ------
    StrategyError
        If the strategy fails, its weights are unusable, it changes the prices it is given, or it is never warm on
        these prices, so that the audit could not fail; or if it needs more bars than any series has.
    """
    return _examine(strategy, name, prices, seed)[0]


def _examine(strategy: Strategy, name: str, prices: PriceBlock | None, seed: int) -> tuple[Movement | None, bool]:
    if strategy.warmup > MOST_WARMUP:
        raise StrategyError(
            f"strategy {name!r} needs {strategy.warmup} bars before its first weight; no series is so long: set its"
            f" parameters so that it needs at most {MOST_WARMUP} (40 years of sessions)"
        )
    has_traded = False
    for audited, moved in _audits(strategy, name, prices, rng=np.random.default_rng(seed)):
        has_traded |= audited.trades
        if moved is not None:
            return moved, has_traded
    return None, has_traded


def _audits(
    strategy: Strategy, name: str, prices: PriceBlock | None, *, rng: np.random.Generator
) -> Iterator[tuple[_Audit, Movement | None]]:
    blocks = blocks_of_eras(strategy, rng=rng) if prices is None else iter(_as_traded(strategy, prices))
    for first in islice(blocks, 1):
        audited = _Audit(strategy, name, first, rng=rng)
        yield audited, audited.first_movement()
        if prices is None and audited.reads(replace(first, sessions=None)):
            for dated in dated_in_every_year(first, warmup=strategy.warmup):
                redated = _Audit(strategy, name, dated, rng=rng)
                yield redated, redated.movement_at_few_cuts()
    for block in blocks:
        audited = _Audit(strategy, name, block, rng=rng)
        yield audited, audited.first_movement()


def _as_traded(strategy: Strategy, prices: PriceBlock) -> tuple[PriceBlock, ...]:
    if not isinstance(strategy, LegsStrategy):
        return (prices,)
    row_of = {symbol: row for row, symbol in enumerate(prices.symbols)}
    for symbol in {symbol for group in strategy.groups for symbol in group} - set(row_of):
        raise StrategyError(f"the prices to audit on lack {symbol}; give those of all groups")
    return tuple(prices.take(np.array([row_of[symbol] for symbol in group])) for group in strategy.groups)


class _Audit:
    """One strategy on one block of prices."""

    def __init__(self, strategy: Strategy, name: str, prices: PriceBlock, *, rng: np.random.Generator) -> None:
        self.strategy, self.name, self.prices, self.rng = strategy, name, prices, rng
        self.weights = self._weights_of_copy()
        self.warm = np.flatnonzero(np.isfinite(self.weights).any(axis=0))
        if self.warm.size < 2:
            raise StrategyError(
                f"strategy {name!r} gives no weight on {prices.n_bars} bars, so it cannot be audited; check warmup"
            )
        self.trades = bool(np.nan_to_num(self.weights).any())
        self.tolerances = tolerances(self.weights, is_one_account=strategy.kind != "single")
        self.others = changed_blocks(prices, rng=rng)

    def first_movement(self) -> Movement | None:
        """Return the earliest bar that moves, and the furthest cut that moves it."""
        fields = self._fields_read()
        changes = changed_futures(self.prices, self.others, fields=fields)
        scaled = {change: changes[change] for change in (RAISED, LOWERED)}
        found = (
            self._at_cuts([*self._turns_of_month(), *self._drawn(CUTS[self.strategy.kind])], changes)
            or self._at_cuts(self._after_decisions(CUTS_AFTER_DECISIONS[self.strategy.kind]), scaled)
            or self._at_every_cut(fields)
        )
        if found is None:
            return None
        is_panel = self.strategy.kind == "panel"
        candidates = (
            decisions(self.weights, self.tolerances) + 1 if is_panel else np.arange(self.warm[0] + 1, found.bar + 1)
        )
        earlier = (self._at_cuts([cut], changes) for cut in candidates[candidates <= found.bar].tolist())
        first = next((moved for moved in earlier if moved is not None), found)
        return self._furthest(first, changes[first.change])

    def movement_at_few_cuts(self) -> Movement | None:
        """Return a bar that moves, if two cuts show one: enough for who peeks whenever it decides."""
        changes = changed_futures(self.prices, self.others, fields=self.strategy.fields)
        scaled = {change: changes[change] for change in (RAISED, LOWERED)}
        found = self._at_cuts([*self._after_decisions(1), *self._drawn(1)], scaled)
        return found and self._furthest(found, changes[found.change])

    def reads(self, blanked: PriceBlock) -> bool:
        """Return whether the weights are others, or cannot be had, without what is blank in a copy of the prices."""
        try:
            weights = self._weights_of(blanked)
        except StrategyError:  # it cannot do without
            return True
        return bool(differ(self.weights, weights, self.tolerances).any())

    def _fields_read(self) -> tuple[Field, ...]:
        absent = np.full(self.prices.close.shape, np.nan)
        undeclared: dict[str, Any] = {name: absent for name in FIELDS if name not in self.strategy.fields}
        return FIELDS if self.reads(replace(self.prices, **undeclared)) else self.strategy.fields

    def _at_cuts(self, cuts: Iterable[int], changes: Mapping[str, Change]) -> Movement | None:
        tried = (
            self._moved(cut, change, at(cut))
            for cut in cuts
            for change, at in changes.items()
            if change != CUT_OFF or cut >= self.strategy.warmup  # nobody hands it fewer bars
        )
        return min((moved for moved in tried if moved), key=lambda moved: moved.bar, default=None)

    def _moved(self, cut: int, change: str, future: PriceBlock) -> Movement | None:
        moved = differ(self.weights[:, :cut], self._weights_of(future)[:, :cut], self.tolerances)
        if not moved.any():
            return None
        bar = int(moved.any(axis=0).argmax())
        return Movement(self.prices.symbols[int(moved[:, bar].argmax())], bar, int(cut), change)

    def _at_every_cut(self, fields: tuple[Field, ...]) -> Movement | None:
        if self.strategy.kind != "single":
            return None
        cuts = np.arange(self.warm[0] + 1, self.prices.n_bars)
        n_rows = len(self.prices.symbols)
        some = self.rng.permutation(n_rows)[:ROWS_WITH_GAPS].tolist()
        tried = [
            self._moved_in_row(row, change, cuts, fields)
            for change in self.others
            for row in (some if change == MISSING else range(n_rows))
        ]
        if self.prices.references:
            tried += [self._moved_by_references(change, cuts) for change in self.others]
        return min((moved for moved in tried if moved), key=lambda moved: moved.bar, default=None)

    def _moved_in_row(self, row: int, change: str, cuts: IntArray, fields: tuple[Field, ...]) -> Movement | None:
        futures = every_cut(self.prices, self.others[change], row=row, cuts=cuts, fields=fields)
        weights = self._weights_of(futures)
        moved = differ(weights[:1], weights[1:], self.tolerances[row]) & (np.arange(self.prices.n_bars) < cuts[:, None])
        if not moved.any():
            return None
        bar = int(moved.any(axis=0).argmax())
        return Movement(self.prices.symbols[row], bar, int(cuts[moved[:, bar].argmax()]), change)

    def _moved_by_references(self, change: str, cuts: IntArray) -> Movement | None:
        def at(cut: int) -> PriceBlock:
            return with_other_references(self.prices, self.others[change], cut)

        return self._at_cuts(cuts.tolist(), {change: at})

    def _furthest(self, moved: Movement, change: Change) -> Movement:
        """Return the movement at the latest cut that still moves its weight, by bisection."""
        row, bar = self.prices.symbols.index(moved.symbol), moved.bar
        moves, rests = moved.cut, self.prices.n_bars
        while rests - moves > 1:
            cut = (moves + rests) // 2
            changed = self._weights_of(change(cut))
            if differ(self.weights[row, bar], changed[row, bar], self.tolerances[row]).any():
                moves = cut
            else:
                rests = cut
        return Movement(moved.symbol, bar, moves, moved.change)

    def _drawn(self, count: int) -> list[int]:
        return list(self.rng.integers(self.warm[0] + 1, self.warm[-1], size=count, endpoint=True))

    def _after_decisions(self, most: int) -> list[int]:
        bars = decisions(self.weights, self.tolerances)
        after: IntArray = self.rng.choice(bars, size=min(most, bars.size), replace=False) + 1
        return list(after)

    def _turns_of_month(self) -> list[int]:
        if self.prices.sessions is None:
            return []
        months = self.prices.sessions.astype("datetime64[M]")
        turns = np.flatnonzero(months[1:] != months[:-1]) + 1
        return list(turns[(turns > self.warm[0]) & (turns <= self.warm[-1])])

    def _weights_of(self, prices: PriceBlock) -> FloatArray:
        try:
            return checked_weights(self.strategy, prices)
        except StrategyError:
            raise
        except Exception as error:
            raise StrategyError(f"strategy {self.name!r} fails on {prices.n_bars} bars: {error!r}") from error

    def _weights_of_copy(self) -> FloatArray:
        given = self.prices.until(self.prices.n_bars)
        weights = self._weights_of(given)
        for field in FIELDS:
            if not np.array_equal(given.field(field), self.prices.field(field), equal_nan=True):
                raise StrategyError(f"strategy {self.name!r} changes the {field} it is given; work on a copy")
        for symbol, values in self.prices.references.items():
            if not np.array_equal(given.references[symbol], values, equal_nan=True):
                raise StrategyError(f"strategy {self.name!r} changes the {symbol} it is given; work on a copy")
        return weights
