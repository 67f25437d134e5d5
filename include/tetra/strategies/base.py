"""What a strategy is: a frozen dataclass of parameters with one method from prices to target weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from tetra.errors import StrategyError
from tetra.strategies.incomplete_bars import with_decisions_standing
from tetra.strategies.price_block import FIELDS, Field, PriceBlock
from tetra.typing import FloatArray

Kind = Literal["single", "legs", "panel"]
Groups = tuple[tuple[str, ...], ...]
"""Groups of symbols that are traded together, each in the order of its legs."""

__all__ = [
    "FIELDS",
    "Field",
    "Groups",
    "Kind",
    "LegsStrategy",
    "PriceBlock",
    "Strategy",
    "checked_weights",
    "require_parameter",
]


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

    Notes
    -----
    Of kind single, ``target_weights`` is given any number of symbols and treats each row alone, whoever is beside it.
    Of kind legs (``LegsStrategy``), it is given one group at a time, a row per leg in the group's order; the account
    trades all legs. Of kind panel, it is given every symbol that can be traded and the account trades all of them.
    """

    category: ClassVar[str]
    kind: ClassVar[Kind] = "single"
    fields: ClassVar[tuple[Field, ...]] = ("close",)

    @property
    def references(self) -> tuple[str, ...]:
        """Symbols read and not traded (VIX); where a scenario lacks one, the strategy is not tested."""
        return ()

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
            filled at t + 1 or later. NaN on a bar that has a close and lacks another of ``fields`` (open, high,
            low, volume) leaves the last decision standing.
        """


@dataclass(frozen=True)
class LegsStrategy(Strategy):
    """Base of strategies that trade configured groups of symbols; each group is an account of its own.

    Parameters
    ----------
    groups : tuple of tuple of str
        Symbols of each group, in the order of its legs; a group is tested where all of its symbols have prices.
    """

    groups: Groups = ()
    kind: ClassVar[Kind] = "legs"
    legs: ClassVar[int] = 2
    """Symbols in each group."""

    def __post_init__(self) -> None:
        require_parameter(len(self.groups) > 0, f"groups is empty; list at least one group of {self.legs} symbols")
        for group in self.groups:
            is_usable = len(group) == self.legs and len(set(group)) == len(group)
            require_parameter(is_usable, f"a group has {self.legs} different symbols; got {list(group)}")
        require_parameter(len(set(self.groups)) == len(self.groups), f"a group stands twice in {list(self.groups)}")


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

    On a bar that lacks a field the strategy reads its last decision stands; see ``incomplete_bars``.

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
    return with_decisions_standing(weights, prices, strategy.fields)
