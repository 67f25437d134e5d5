"""The look-ahead guard: change the future, and the past must not move.

It audits the code of a strategy, not a market, so it runs on prices of its own making (``audit_prices``) and on other
futures of them (``audit_futures``). A strategy of kind single is tried at every bar of some series and, with all that
series share, at random bars; legs are audited group by group and panels as a whole, at random bars and after their own
decisions. When something moved, the first bar that does and how far it sees are looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tetra.backtest.audit_futures import CUT_OFF, Change, changed_blocks, changed_futures, every_cut
from tetra.backtest.audit_prices import audit_blocks
from tetra.errors import LookAheadError, StrategyError
from tetra.strategies.base import FIELDS, LegsStrategy, PriceBlock, Strategy, checked_weights
from tetra.typing import BoolArray, FloatArray, IntArray

CUTS = {"single": 24, "legs": 40, "panel": 20}
"""How many bars the future is changed from; half of them the bars after a decision, where a peek would show."""

TOLERANCE = 1e-9
"""Weights that differ by less are the same: a causal rule may sum in another order when there is more to sum."""


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


def require_no_look_ahead(strategy: Strategy, *, name: str, prices: PriceBlock | None = None, seed: int = 0) -> None:
    """Raise if a strategy's weights up to some bar depend on what comes after it; see :func:`audit`.

    Raises
    ------
    LookAheadError
        Naming the first bar that moved.
    StrategyError
        As :func:`audit`.
    """
    moved = audit(strategy, name=name, prices=prices, seed=seed)
    if moved is not None:
        raise LookAheadError(f"strategy {name!r} looks ahead: {moved}; use bars up to the current one only")


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
    if strategy.warmup > MOST_WARMUP:
        raise StrategyError(
            f"strategy {name!r} needs {strategy.warmup} bars before its first weight; no series is so long: set its"
            f" parameters so that it needs at most {MOST_WARMUP} (40 years of sessions)"
        )
    rng = np.random.default_rng(seed)
    blocks = audit_blocks(strategy, rng=rng) if prices is None else _as_traded(strategy, prices)
    audits = (_Audit(strategy, name, block, rng=rng).first_movement() for block in blocks)
    return next((moved for moved in audits if moved is not None), None)


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

    def first_movement(self) -> Movement | None:
        """Return the earliest bar that moves, and the furthest cut that moves it."""
        changes = changed_futures(self.prices, rng=self.rng)
        found = self._at_cuts(self._cuts().tolist(), changes) or self._at_every_cut()
        if found is None:
            return None
        candidates = (
            self._decisions() + 1 if self.strategy.kind == "panel" else np.arange(self.warm[0] + 1, found.bar + 1)
        )
        earlier = (self._at_cuts([cut], changes) for cut in candidates[candidates <= found.bar].tolist())
        first = next((moved for moved in earlier if moved is not None), found)
        return self._furthest(first, changes[first.change])

    def _at_cuts(self, cuts: Iterable[int], changes: Mapping[str, Change]) -> Movement | None:
        tried = (
            self._moved(cut, change, at(cut))
            for cut in cuts
            for change, at in changes.items()
            if change != CUT_OFF or cut >= self.strategy.warmup  # nobody hands it fewer bars
        )
        return min((moved for moved in tried if moved), key=lambda moved: moved.bar, default=None)

    def _moved(self, cut: int, change: str, future: PriceBlock) -> Movement | None:
        moved = _differ(self.weights[:, :cut], self._weights_of(future)[:, :cut])
        if not moved.any():
            return None
        bar = int(moved.any(axis=0).argmax())
        return Movement(self.prices.symbols[int(moved[:, bar].argmax())], bar, cut, change)

    def _at_every_cut(self) -> Movement | None:
        if self.strategy.kind != "single":
            return None
        cuts = np.arange(self.warm[0] + 1, self.prices.n_bars)
        movements: list[Movement] = []
        for change, other in changed_blocks(self.prices, rng=self.rng).items():
            row = int(self.rng.integers(len(self.prices.symbols)))
            weights = self._weights_of(every_cut(self.prices, other, row=row, cuts=cuts))
            moved = _differ(weights[:1], weights[1:]) & (np.arange(self.prices.n_bars) < cuts[:, None])
            if moved.any():
                bar = int(moved.any(axis=0).argmax())
                movements.append(Movement(self.prices.symbols[row], bar, int(cuts[moved[:, bar].argmax()]), change))
        return min(movements, key=lambda moved: moved.bar, default=None)

    def _furthest(self, moved: Movement, change: Change) -> Movement:
        """Return the movement at the latest cut that still moves its weight, by bisection."""
        row, bar = self.prices.symbols.index(moved.symbol), moved.bar
        moves, rests = moved.cut, self.prices.n_bars
        while rests - moves > 1:
            cut = (moves + rests) // 2
            changed = self._weights_of(change(cut))
            if _differ(self.weights[row, bar], changed[row, bar]):
                moves = cut
            else:
                rests = cut
        return Movement(moved.symbol, bar, moves, moved.change)

    def _cuts(self) -> IntArray:
        half = CUTS[self.strategy.kind] // 2
        decisions = self._decisions()
        after = self.rng.choice(decisions, size=min(half, decisions.size), replace=False) + 1
        drawn = self.rng.integers(self.warm[0] + 1, self.warm[-1], size=half, endpoint=True)
        return np.unique(np.concatenate([after, drawn, self.warm[-1:]]))

    def _decisions(self) -> IntArray:
        is_new = _differ(self.weights[:, 1:-1], self.weights[:, :-2]).any(axis=0)
        bars: IntArray = np.flatnonzero(is_new).astype(np.int64) + 1
        return bars

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


def _differ(before: FloatArray, after: FloatArray) -> BoolArray:
    # not warm and flat are one position to the engine, but a weight that becomes defined has moved
    moved: BoolArray = (np.abs(before - after) > TOLERANCE) | (np.isnan(before) != np.isnan(after))
    return moved
