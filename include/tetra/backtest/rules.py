"""Overlays and financing as the plain numbers that compiled code works with."""

from __future__ import annotations

import math
from dataclasses import replace

from tetra.backtest.account_state import Rules
from tetra.backtest.overlays import SIZING_METHODS, Financing, Overlays, Sizing

BASIS_POINT = 1e-4


def rules_of(overlays: Overlays, financing: Financing, periods_per_year: float) -> Rules:
    """Return the numbers; a limit that is off is infinite, yearly ones are per bar."""
    sizing = overlays.sizing
    return Rules(
        stop_loss=_limit(overlays.stop_loss),
        trailing_stop=_limit(overlays.trailing_stop),
        max_position=_limit(overlays.max_position),
        max_drawdown=_limit(overlays.max_drawdown),
        sizing=SIZING_METHODS.index(sizing.method),
        fraction=float(sizing.fraction),
        bar_volatility=sizing.annual_volatility / math.sqrt(periods_per_year),
        lookback=sizing.lookback,
        cap=float(sizing.cap),
        tolerance=float(sizing.tolerance),
        borrow_rate=financing.borrow_bps * BASIS_POINT / periods_per_year,
        cash_rate=financing.cash_bps * BASIS_POINT / periods_per_year,
    )


def are_overlays_off(overlays: Overlays) -> bool:
    """Return whether weights reach the market as the strategy wants them."""
    is_unscaled = overlays.sizing.method == "fixed_fraction" and overlays.sizing.fraction == 1.0
    return is_unscaled and replace(overlays, sizing=Sizing()) == Overlays()


def _limit(value: float | None) -> float:
    return math.inf if value is None else float(value)
