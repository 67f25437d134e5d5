"""Why a metric is undefined is said in words."""

from __future__ import annotations

import numpy as np

from tetra.backtest.columns import METRICS, undefined_reasons
from tetra.backtest.engine import simulate

CLOSE = np.array([[10.0, 11.0, 10.0, 12.0, 11.0]])


def reasons(weights: list[float], close: np.ndarray = CLOSE, window_start: int = 0) -> str | None:
    made = simulate(
        np.array([weights]),
        close,
        cost_rates=np.zeros(close.shape[1]),
        periods_per_year=252,
        window_start=window_start,
    )
    return undefined_reasons(made.metrics)[0]


def test_a_flat_account_has_no_volatility_and_no_trade() -> None:
    assert reasons([0.0] * 5) == "no volatility; no losing session; no drawdown; no closed trade"


def test_a_held_position_has_no_closed_trade() -> None:
    assert reasons([1.0] * 5) == "no closed trade"


def test_winners_alone_leave_the_profit_factor_undefined() -> None:
    # bought at 10 on bar 2, sold at 12 on bar 3; in again at 11 on the last bar
    assert reasons([0.0, 1.0, 0.0, 1.0, 1.0]) == "no losing session; no drawdown; no losing trade"


def test_one_session_says_so() -> None:
    told = reasons([1.0] * 5, window_start=4)
    assert told is not None
    assert told.startswith("fewer than two sessions")


def test_a_price_that_stands_still_has_no_beta() -> None:
    told = reasons([1.0] * 5, close=np.full((1, 5), 10.0))
    assert told is not None
    assert told.endswith("buy and hold did not move")


def test_a_row_without_anything_undefined_has_no_reason() -> None:
    assert undefined_reasons(np.zeros((2, len(METRICS)))) == [None, None]
