"""How a strategy's parameters are chosen again and again: the ``walk_forward`` block of a registry entry."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from tetra.errors import StrategyError, unknown_value

Method = Literal["rolling", "expanding", "k_fold"]
METHODS: tuple[Method, ...] = get_args(Method)
CRITERIA = (
    "sharpe_ratio",
    "sortino_ratio",
    "calmar_ratio",
    "total_return",
    "cagr",
    "annualized_mean_return",
    "excess_return",
    "max_drawdown",
)
"""Metrics of returns of which more is better (drawdowns are at most 0)."""


@dataclass(frozen=True)
class WalkForwardPlan:
    """What is tried, on which bars it is chosen, and on which it is judged.

    Parameters
    ----------
    grid : mapping of str to sequence
        Values to try of each parameter; every combination of them is one.
    test_size : int
        Bars that one choice is traded for.
    train_size : int, optional
        Bars that it is made on; not of method ``k_fold``, which trains on all the others.
    purged_size : int
        Bars left out between the two.
    embargo_size : int
        Of method ``k_fold``: bars left out after the test part beyond these.
    method : {"rolling", "expanding", "k_fold"}
        Whether the train part moves along, grows from the first bar, or lies on both sides of the test part. Of the
        last, the choice knows what came after: it says how much choosing flatters, not what could have been earned.
    criterion : str
        Metric of the portfolio's returns in the train part, the highest is chosen.
    skip_invalid : bool
        Whether combinations that the strategy refuses (fast above slow) are left out; else they are an error.
    """

    grid: Mapping[str, tuple[Any, ...]] = field(hash=False)
    test_size: int
    train_size: int | None = None
    purged_size: int = 0
    embargo_size: int = 0
    method: Method = "rolling"
    criterion: str = "sharpe_ratio"
    skip_invalid: bool = False

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise StrategyError(unknown_value("method", str(self.method), METHODS))
        if self.criterion not in CRITERIA:
            raise StrategyError(unknown_value("criterion", str(self.criterion), CRITERIA))
        if not isinstance(self.skip_invalid, bool):
            raise StrategyError(f"skip_invalid must be true or false, got {self.skip_invalid!r}")
        _check_size("test_size", self.test_size, least=2)
        _check_size("purged_size", self.purged_size, least=0)
        _check_size("embargo_size", self.embargo_size, least=0)
        self._check_method_sizes()
        object.__setattr__(self, "grid", {name: _values(name, self.grid[name]) for name in sorted(self.grid, key=str)})
        if not self.grid:
            raise StrategyError("grid is empty; give at least one parameter and its values, such as {fast: [10, 20]}")

    def _check_method_sizes(self) -> None:
        if self.method == "k_fold":
            if self.train_size is not None:
                raise StrategyError(
                    f"train_size is {self.train_size}; method k_fold trains on all others, leave it out"
                )
            return
        if self.train_size is None:
            raise StrategyError(f"method {self.method} needs train_size, the bars that parameters are chosen on")
        _check_size("train_size", self.train_size, least=2)
        if self.embargo_size:
            raise StrategyError(
                f"embargo_size is {self.embargo_size}; method {self.method} never trains on what follows its test part,"
                " leave it out or use purged_size"
            )

    @property
    def least_bars(self) -> int:
        """Bars that make one choice and judge it."""
        return 2 * self.test_size if self.train_size is None else self.train_size + self.purged_size + 1

    def combinations(self) -> Iterator[dict[str, Any]]:
        """Return every combination of the grid's values, the last parameter by name changing fastest."""
        for values in itertools.product(*self.grid.values()):
            yield dict(zip(self.grid, values, strict=True))


def _values(name: str, values: object) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple) or not values:
        raise StrategyError(f"grid: {name} needs a list of values to try, got {values!r}")
    for place, value in enumerate(values):
        if value in values[:place]:
            raise StrategyError(f"grid: {name} lists {value!r} twice; drop one")
    return tuple(values)


def _check_size(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise StrategyError(f"{name} must be a whole number of bars, at least {least}; got {value!r}")
