"""What the engine does to any strategy's weights: how large a position is, and when it is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tetra.errors import SettingsError, unknown_value

SizingMethod = Literal["fixed_fraction", "volatility_target", "kelly"]
SIZING_METHODS: tuple[SizingMethod, ...] = ("fixed_fraction", "volatility_target", "kelly")


def _require_number(
    name: str, value: object, *, least: float | None = None, above: float | None = None, below: float | None = None
) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if (
        not is_number
        or (least is not None and not value >= least)  # type: ignore[operator]  # a number, or decided already
        or (above is not None and not value > above)  # type: ignore[operator]
        or (below is not None and not value < below)  # type: ignore[operator]
    ):
        bounds = [("at least", least), ("above", above), ("below", below)]
        told = " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
        raise SettingsError(f"{name} must be a number {told}, got {value!r}")


@dataclass(frozen=True)
class Sizing:
    """How a target weight becomes the weight that is ordered.

    Parameters
    ----------
    method : {"fixed_fraction", "volatility_target", "kelly"}
        ``fixed_fraction`` multiplies by ``fraction``. ``volatility_target`` multiplies by ``annual_volatility`` over
        the volatility of the past ``lookback`` bars. ``kelly`` multiplies by ``fraction`` times mean over variance of
        them, at least 0 [1]_. Both look at the simple returns of the instruments in the proportions and directions
        wanted now, and are at most ``cap``; until there are ``lookback`` returns, nothing is held.
    fraction : float
        At least 0; of Kelly's bet, 0.5 is half Kelly.
    annual_volatility : float
        Above 0, a fraction: 0.15 is 15 % a year.
    lookback : int
        Returns looked at, at least 2.
    cap : float
        Largest multiple, above 0.
    tolerance : float
        An order goes out for a changed multiple alone once it differs from the one last ordered by more than this
        fraction of it; at least 0.

    References
    ----------
    .. [1] Thorp (2006), "The Kelly Criterion in Blackjack, Sports Betting and the Stock Market", section 7.
    """

    method: SizingMethod = "fixed_fraction"
    fraction: float = 1.0
    annual_volatility: float = 0.15
    lookback: int = 60
    cap: float = 1.0
    tolerance: float = 0.1

    def __post_init__(self) -> None:
        if self.method not in SIZING_METHODS:
            raise SettingsError(unknown_value("sizing method", str(self.method), SIZING_METHODS))
        _require_number("fraction", self.fraction, least=0.0)
        _require_number("annual_volatility", self.annual_volatility, above=0.0)
        _require_number("cap", self.cap, above=0.0)
        _require_number("tolerance", self.tolerance, least=0.0)
        if isinstance(self.lookback, bool) or not isinstance(self.lookback, int) or self.lookback < 2:
            raise SettingsError(f"lookback must be a whole number of bars, at least 2; got {self.lookback!r}")


@dataclass(frozen=True)
class Overlays:
    """Limits on what a strategy may hold or lose; None switches one off.

    Parameters
    ----------
    stop_loss : float or None
        A position is closed once its price is this fraction against the price of the fill that opened it.
    trailing_stop : float or None
        The same against the best price since then.
    max_position : float or None
        Largest absolute weight ordered of any instrument, after sizing.
    max_drawdown : float or None
        Once equity closes this fraction below its peak, all is closed on the next bar and the account stays flat.
    sizing : Sizing
    """

    stop_loss: float | None = None
    trailing_stop: float | None = None
    max_position: float | None = None
    max_drawdown: float | None = None
    sizing: Sizing = Sizing()

    def __post_init__(self) -> None:
        for name in ("stop_loss", "trailing_stop", "max_drawdown"):
            if getattr(self, name) is not None:
                _require_number(name, getattr(self, name), above=0.0, below=1.0)
        if self.max_position is not None:
            _require_number("max_position", self.max_position, above=0.0)

    @property
    def are_off(self) -> bool:
        """Whether weights reach the market as the strategy wants them."""
        return self == Overlays()


@dataclass(frozen=True)
class Financing:
    """What holding costs and idle cash earns, in basis points a year.

    Parameters
    ----------
    borrow_bps : float
        Paid on the value of short positions, at least 0.
    cash_bps : float
        Earned on cash that is neither invested nor the proceeds of short sales; paid where it is negative (leverage).
    """

    borrow_bps: float = 0.0
    cash_bps: float = 0.0

    def __post_init__(self) -> None:
        _require_number("borrow_bps", self.borrow_bps, least=0.0, below=1e4)
        _require_number("cash_bps", self.cash_bps, least=-1e4, below=1e4)
