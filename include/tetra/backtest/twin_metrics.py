"""One account simulated by the plain-Python twin, and its metrics by ``tetra.metrics``."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tetra.backtest.overlays import Financing, Overlays
from tetra.backtest.twin import Account
from tetra.backtest.twin_parts import Bar, Leg, Trade
from tetra.metrics import drawdowns, ratios, returns, tail_risk
from tetra.typing import FloatArray


@dataclass(frozen=True)
class Outcome:
    """What the twin made of one account; arrays are over the window, 0 outside the account's life.

    Parameters
    ----------
    life : tuple of int
        First window bar and the one after the last.
    returns : ndarray of shape (n_window,)
    weights : ndarray of shape (n_legs, n_window)
        Signed weight of each instrument after each close.
    trades : list of Trade
        An open one last.
    metrics : dict of str to float
        By name, in the order of ``columns.METRICS``.
    """

    life: tuple[int, int]
    returns: FloatArray
    weights: FloatArray
    trades: list[Trade]
    metrics: dict[str, float]


def simulate_one(
    target_weights: FloatArray,
    close: FloatArray,
    *,
    cost_rates: FloatArray,
    periods_per_year: float,
    open_price: FloatArray | None = None,
    high: FloatArray | None = None,
    low: FloatArray | None = None,
    window_start: int = 0,
    overlays: Overlays | None = None,
    financing: Financing | None = None,
) -> Outcome:
    """Return what one account made; arguments as ``engine.simulate``, all rows being its instruments."""
    bars = [bars_at(bar, close, open_price=open_price, high=high, low=low) for bar in range(close.shape[1])]
    legs = [Leg(end=last_bar_of(row) - window_start) for row in close]
    account = Account(legs, overlays or Overlays(), financing or Financing(), periods_per_year)
    for bar in range(window_start):
        account.look(target_weights[:, bar], bars[bar])
    account.order()
    first, last = life_of(close, window_start)
    n_window = close.shape[1] - window_start
    made, weights = np.zeros(n_window), np.zeros((close.shape[0], n_window))
    for period in range(first, last):
        now = bars[window_start + period]
        if any(now) and not account.is_ruined:
            account.earn_interest()
            account.leave_ended(period)
            account.trade_bar(now, cost_rates[window_start + period], period)
            account.look(target_weights[:, window_start + period], now)
            made[period] = account.mark(period)
            if not account.is_ruined:
                account.decide(now, period)
        weights[:, period] = [leg.units * leg.last_close / account.equity if leg.units else 0.0 for leg in account.legs]
    if account.trade is not None:
        account.close(account.equity, math.nan, "open_at_end", -1)
    benchmark = buy_and_hold(bars, close, window_start)
    metrics = metrics_of(account, made[first:last], weights[:, first:last], benchmark[first:last], periods_per_year)
    return Outcome((first, last), made, weights, account.trades, metrics)


def bars_at(
    bar: int, close: FloatArray, *, open_price: FloatArray | None, high: FloatArray | None, low: FloatArray | None
) -> list[Bar | None]:
    """Return each instrument's bar, None where it is missing."""
    found: list[Bar | None] = []
    for row in range(close.shape[0]):
        prices = [math.nan if field is None else float(field[row, bar]) for field in (open_price, high, low)]
        found.append(None if math.isnan(close[row, bar]) else Bar(float(close[row, bar]), *prices))
    return found


def life_of(close: FloatArray, window_start: int) -> tuple[int, int]:
    """Return the first window bar of an account and the one after its last; 0 and 0 without any."""
    living = np.flatnonzero(~np.isnan(close[:, window_start:]).all(axis=0))
    if living.size == 0:
        return 0, 0
    return 0 if not np.isnan(close[:, :window_start]).all() else int(living[0]), int(living[-1]) + 1


def last_bar_of(close: FloatArray) -> int:
    """Return the last bar of a series; -1 without any."""
    held = np.flatnonzero(~np.isnan(close))
    return int(held[-1]) if held.size else -1


def buy_and_hold(bars: list[list[Bar | None]], close: FloatArray, window_start: int) -> FloatArray:
    """Return the returns of all instruments bought in equal parts, anew whenever one joins, per window bar."""
    held = [hold_one([now[row] for now in bars], window_start) for row in range(close.shape[0])]
    if len(held) == 1:
        return np.array(held[0][0])
    ends = [last_bar_of(row) - window_start for row in close]
    values = [0.0] * len(held)
    made = []
    for period in range(close.shape[1] - window_start):
        if any(entry == period for _, entry in held):
            total = sum(values) if any(0 <= entry < period for _, entry in held) else 1.0
            living = [0 <= entry <= period <= end for (_, entry), end in zip(held, ends, strict=True)]
            values = [total / sum(living) if lives else 0.0 for lives in living]
        before = sum(values)
        values = [value * (1.0 + own[period]) for value, (own, _) in zip(values, held, strict=True)]
        made.append(sum(values) / before - 1.0 if before > 0.0 else 0.0)
    return np.array(made)


def hold_one(bars: list[Bar | None], window_start: int) -> tuple[list[float], int]:
    """Return the returns of one instrument bought once, without costs, and the bar it is bought on; -1: never."""
    is_wanted = any(bars[:window_start])
    entry: float | None = None
    bought = -1
    equity = 1.0
    made = []
    for period, bar in enumerate(bars[window_start:]):
        before = equity
        if bar is not None and equity > 0.0:
            if entry is None and is_wanted and bar.fill_price > 0.0:
                entry, bought = bar.fill_price, period
            if entry is not None:
                equity = max(0.0, bar.close / entry)
            is_wanted = True
        made.append(equity / before - 1.0 if before > 0.0 else 0.0)
    return made, bought


def metrics_of(
    account: Account, made: FloatArray, weights: FloatArray, benchmark: FloatArray, periods_per_year: float
) -> dict[str, float]:
    """Return the metrics of an account's life by name; all NaN but the number of trades where it has none."""
    closed = [trade for trade in account.trades if trade.exit_bar >= 0]
    gains = [trade.gain for trade in closed]
    losses = -sum(gain for gain in gains if gain <= 0.0)
    per_trade = [trade.closed_with / trade.opened_with - 1.0 for trade in closed]
    year = {"periods_per_year": periods_per_year}
    computed: dict[str, FloatArray | float] = {
        "total_return": returns.total_return(made),
        "cagr": returns.cagr(made, **year),
        "annualized_mean_return": returns.annualized_mean_return(made, **year),
        "annualized_volatility": ratios.annualized_volatility(made, periods_per_year=periods_per_year),
        "sharpe_ratio": ratios.sharpe_ratio(made, periods_per_year=periods_per_year),
        "sortino_ratio": ratios.sortino_ratio(made, **year),
        "calmar_ratio": ratios.calmar_ratio(made, **year),
        "max_drawdown": drawdowns.max_drawdown(made),
        "drawdown_duration": drawdowns.drawdown_duration(made),
        "value_at_risk_95": tail_risk.value_at_risk(made, confidence_level=0.95),
        "value_at_risk_99": tail_risk.value_at_risk(made, confidence_level=0.99),
        "expected_shortfall_95": tail_risk.expected_shortfall(made, confidence_level=0.95),
        "expected_shortfall_99": tail_risk.expected_shortfall(made, confidence_level=0.99),
        "skew": tail_risk.skew(made),
        "excess_kurtosis": tail_risk.excess_kurtosis(made),
        "excess_return": returns.total_return(made) - returns.total_return(benchmark),
        "beta": ratios.beta(made, benchmark_returns=benchmark),
        "trade_count": len(gains),
        "win_rate": sum(gain > 0.0 for gain in gains) / len(gains) if gains else math.nan,
        "profit_factor": sum(gain for gain in gains if gain > 0.0) / losses if losses > 0.0 else math.nan,
        "expected_value": sum(per_trade) / len(per_trade) if per_trade else math.nan,
        "exposure": float(np.abs(weights).sum(axis=0).mean()) if made.size else math.nan,
        "turnover": account.turnover,
        "costs_paid": account.costs_paid,
    }
    if not made.size:
        return {name: 0.0 if name == "trade_count" else math.nan for name in computed}
    return {name: float(value) for name, value in computed.items()}
