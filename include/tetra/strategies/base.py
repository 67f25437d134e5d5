"""What a strategy is: a frozen dataclass of parameters with one method from prices to target weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from tetra.errors import StrategyError
from tetra.typing import FloatArray, IntArray

Kind = Literal["single", "legs", "panel"]
Field = Literal["open", "high", "low", "close", "volume"]
FIELDS: tuple[Field, ...] = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class PriceBlock:
    """Daily bars of several series on one axis of sessions: all that a strategy sees.

    Parameters
    ----------
    symbols : tuple of str, length n_series
        Row labels.
    open, high, low, close, volume : ndarray of shape (n_series, n_bars)
        C-contiguous float64, oldest bar first; NaN where there is no bar or the source has no such field.
    """

    symbols: tuple[str, ...]
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray

    def __post_init__(self) -> None:
        shape = (len(self.symbols), self.close.shape[-1])
        for field in FIELDS:
            if getattr(self, field).shape != shape:
                raise StrategyError(f"{field} has shape {getattr(self, field).shape}, expected {shape} (symbols, bars)")

    @property
    def n_bars(self) -> int:
        """Number of bars."""
        return int(self.close.shape[1])

    def until(self, bar: int) -> PriceBlock:
        """Return a copy that ends before ``bar``: what was known then."""
        return self.map(lambda values: values[:, :bar])

    def map(self, change: Callable[[FloatArray], FloatArray]) -> PriceBlock:
        """Return a block of the same series with ``change`` applied to a copy of every field."""
        changed = [np.array(change(getattr(self, field)), dtype=np.float64, order="C") for field in FIELDS]
        return PriceBlock(self.symbols, *changed)

    def take(self, rows: IntArray) -> PriceBlock:
        """Return a copy with the given rows only."""
        taken = [np.ascontiguousarray(getattr(self, field)[rows]) for field in FIELDS]
        return PriceBlock(tuple(self.symbols[row] for row in rows.tolist()), *taken)


@dataclass(frozen=True)
class Strategy(ABC):
    """Base of all strategies; a subclass is a frozen dataclass whose fields are its parameters.

    Class attributes
    ----------------
    category : str
        What it is compared with: baseline, trend, momentum, mean_reversion, ...
    kind : {"single", "legs", "panel"}
        Whether it trades each symbol alone, configured groups, or the whole universe at once.
    fields : tuple of str
        The fields of ``PriceBlock`` it reads; a symbol without one of them is not tested.
    """

    category: ClassVar[str]
    kind: ClassVar[Kind] = "single"
    fields: ClassVar[tuple[Field, ...]] = ("close",)

    @property
    @abstractmethod
    def warmup(self) -> int:
        """Bars a series needs, the current one included, before its weights are defined."""

    @abstractmethod
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return the weight wanted after each bar.

        Parameters
        ----------
        prices : PriceBlock
            Not to be changed.

        Returns
        -------
        ndarray of shape (n_series, n_bars)
            Fractions of capital: 1 fully long, 0 flat, -1 fully short; NaN means flat because the strategy
            is not ready (not warm yet, or no bar). The weight at bar t may use bars up to t only and is
            filled at t + 1 or later.
        """


def require_parameter(condition: bool, message: str) -> None:
    """Raise unless a parameter is usable; for ``__post_init__`` of strategies.

    Raises
    ------
    StrategyError
        With ``message``, which names the value and the remedy.
    """
    if not condition:
        raise StrategyError(message)


def checked_weights(strategy: Strategy, prices: PriceBlock) -> FloatArray:
    """Return the strategy's target weights after checking that the engine can use them.

    Raises
    ------
    StrategyError
        If they are not float64 of the shape of the prices, or hold an infinity.
    """
    weights = np.ascontiguousarray(strategy.target_weights(prices))
    name = type(strategy).__name__
    if weights.shape != prices.close.shape or weights.dtype != np.float64:
        made = f"{weights.dtype} weights of shape {weights.shape}"
        raise StrategyError(f"{name} returned {made}; expected float64 of shape {prices.close.shape}")
    if np.isinf(weights).any():
        series, bar = np.argwhere(np.isinf(weights))[0]
        raise StrategyError(f"{name} wants an infinite weight of {prices.symbols[series]} on bar {bar}; bound it")
    return weights
