"""The engine in plain Python: easy to read, slow, and the oracle that the compiled kernel is held to.

One series at a time, rule by rule as numbered in the package docstring; metrics by ``tetra.metrics``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from tetra.metrics import drawdowns, ratios, returns, tail_risk
from tetra.typing import FloatArray


@dataclass(frozen=True)
class Trade:
    """A closed trade, by the account's equity before its first and after its last fill."""

    opened_with: float
    closed_with: float

    @property
    def gain(self) -> float:
        """Money made, in units of starting capital; negative when lost."""
        return self.closed_with - self.opened_with


@dataclass
class Account:
    """Cash and units of one instrument; starts with capital 1."""

    cash: float = 1.0
    units: float = 0.0
    ordered: float = 0.0
    opened_with: float = 0.0
    is_ruined: bool = False
    turnover: float = 0.0
    costs_paid: float = 0.0
    trades: list[Trade] = field(default_factory=list)

    def fill(self, target: float, price: float, rate: float) -> None:
        """Bring the position to ``target`` times the equity left after costs (rules 4 and 7)."""
        held = self.units * price
        before = self.cash + held
        if before <= 0.0:
            self.ruin()
            return
        is_buying = target * before > held
        signed_rate = rate if is_buying else -rate
        after = (before + signed_rate * held) / (1.0 + signed_rate * target)
        if after <= 0.0:
            self.ruin()
            return
        wanted = target * after
        self.turnover += abs(wanted - held) / before
        self.costs_paid += before - after
        is_same_side = self.units * target > 0.0
        if not is_same_side:
            left = before
            if self.units != 0.0:
                left = before - rate * abs(held)
                self.trades.append(Trade(self.opened_with, left))
            self.opened_with = left
        self.units, self.cash, self.ordered = wanted / price, after - wanted, target

    def mark(self, price: float) -> float:
        """Return the equity at a price, ending the account when nothing is left (rule 5)."""
        if self.cash + self.units * price <= 0.0:
            self.ruin()
        return self.cash + self.units * price

    def ruin(self) -> None:
        """End the account with nothing."""
        if self.units != 0.0:
            self.trades.append(Trade(self.opened_with, 0.0))
        self.cash = self.units = 0.0
        self.is_ruined = True


def account_returns(
    target_weights: FloatArray,
    close: FloatArray,
    open_price: FloatArray,
    cost_rates: FloatArray,
    window_start: int,
) -> tuple[FloatArray, FloatArray, Account]:
    """Return the return and the absolute weight held of each window bar, and the account at the end.

    Parameters
    ----------
    target_weights, close, open_price, cost_rates : ndarray of shape (n_bars,)
        One series; NaN as in ``engine.simulate``.
    window_start : int
        First bar that counts.
    """
    account = Account()
    decision = 0.0
    equity = 1.0
    weight = 0.0
    made: list[float] = []
    held: list[float] = []
    for bar in range(len(close)):
        is_missing = math.isnan(close[bar])
        if bar >= window_start:
            if not is_missing and not account.is_ruined:
                price = close[bar] if math.isnan(open_price[bar]) else open_price[bar]
                if decision != account.ordered and (price > 0.0 or decision == 0.0):
                    account.fill(decision, price, cost_rates[bar])
                marked = account.mark(close[bar])
                made.append(marked / equity - 1.0)
                equity = marked
                weight = 0.0 if account.is_ruined else abs(account.units * close[bar]) / marked
            else:
                made.append(0.0)
            held.append(weight)
        if not is_missing:
            decision = 0.0 if math.isnan(target_weights[bar]) else float(target_weights[bar])
    return np.array(made), np.array(held), account


def simulate_one(
    target_weights: FloatArray,
    close: FloatArray,
    *,
    cost_rates: FloatArray,
    periods_per_year: float,
    open_price: FloatArray | None = None,
    window_start: int = 0,
) -> dict[str, float]:
    """Return the metrics of one series by name; arguments as ``engine.simulate``, for one row."""
    opens = close if open_price is None else open_price
    made, held, account = account_returns(target_weights, close, opens, cost_rates, window_start)
    no_costs = np.zeros_like(cost_rates)
    benchmark, _, _ = account_returns(np.ones_like(close), close, opens, no_costs, window_start)
    gains = [trade.gain for trade in account.trades]
    losses = -sum(gain for gain in gains if gain <= 0.0)
    per_trade = [trade.closed_with / trade.opened_with - 1.0 for trade in account.trades]
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
        "exposure": float(held.mean()),
        "turnover": account.turnover,
        "costs_paid": account.costs_paid,
    }
    return {name: float(value) for name, value in computed.items()}
