"""The engine in plain Python: easy to read, slow, and the oracle that the compiled kernels are held to.

One account at a time, rule by rule as in the package docstring; ``twin_metrics`` sums it up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from tetra.backtest.overlays import Financing, Overlays
from tetra.backtest.twin_parts import NAN, Bar, Leg, Trade, equity_after_costs, sizing_multiple
from tetra.typing import FloatArray


@dataclass
class Account:
    """Cash and instruments; starts with capital 1."""

    legs: list[Leg]
    overlays: Overlays
    financing: Financing
    periods_per_year: float
    cash: float = 1.0
    equity: float = 1.0
    peak: float = 1.0
    multiple: float = 0.0
    reason: str = "signal"
    trade: Trade | None = None
    best: float = NAN
    is_stopped: bool = False
    is_halted: bool = False
    is_ruined: bool = False
    turnover: float = 0.0
    costs_paid: float = 0.0
    trades: list[Trade] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.overlays.sizing.method == "fixed_fraction":
            self.multiple = self.overlays.sizing.fraction

    def look(self, wanted: FloatArray, bars: list[Bar | None]) -> None:
        """Take the decision of every instrument with a bar, and its return."""
        for leg, weight, bar in zip(self.legs, wanted, bars, strict=True):
            if bar is None:
                leg.returns.append(NAN)
                continue
            leg.decision = 0.0 if math.isnan(weight) else float(weight)
            leg.returns.append(bar.close / leg.last_close - 1.0 if leg.last_close > 0.0 else NAN)
            leg.last_close = bar.close

    def order(self) -> None:
        """Order every instrument when a decision changed, or the multiple moved by more than its tolerance."""
        multiple = sizing_multiple(self.overlays.sizing, self.legs, self.periods_per_year)
        is_new = any(leg.decision != leg.target for leg in self.legs)
        has_drifted = abs(multiple - self.multiple) > self.overlays.sizing.tolerance * self.multiple
        if is_new or (has_drifted and not self.is_stopped):
            self.multiple, self.is_stopped, self.reason = multiple, False, "signal"
            limit = math.inf if self.overlays.max_position is None else self.overlays.max_position
            for leg in self.legs:
                leg.target = leg.decision
                leg.order = max(-limit, min(limit, leg.decision * multiple))

    def leave_ended(self, period: int) -> None:
        """Order out of instruments whose series has ended; nothing is wanted of them any more."""
        for leg in self.legs:
            if len(self.legs) > 1 and leg.end < period and not leg.is_ended:
                leg.is_ended = True
                leg.decision = leg.target = 0.0
                leg.order = None
                if leg.units:
                    if all(other.order is None for other in self.legs):
                        self.reason = "series_ended"
                    leg.order = 0.0

    def order_flat(self, reason: str) -> None:
        """Order everything to be closed."""
        self.reason = reason
        for leg in self.legs:
            leg.order = 0.0

    def fill(self, prices: list[float], orders: dict[int, float], rate: float, period: int) -> None:
        """Bring the instruments in ``orders`` to those weights of the equity left after costs."""
        values = [leg.units * price for leg, price in zip(self.legs, prices, strict=True)]
        before = self.cash + sum(values)
        after = equity_after_costs(before, {place: values[place] for place in orders}, orders, rate)
        if before <= 0.0 or after <= 0.0:
            self.ruin(prices, period)
            return
        self.turnover += sum(abs(weight * after - values[place]) for place, weight in orders.items()) / before
        self.costs_paid += before - after
        old = [leg.units for leg in self.legs]
        for place, weight in orders.items():
            values[place] = weight * after
            self.legs[place].units = weight * after / prices[place] if weight else 0.0
        self.cash = after - sum(values)
        if not any(leg.units * units > 0.0 for leg, units in zip(self.legs, old, strict=True)):
            left = before - rate * sum(abs(old[place] * prices[place]) for place in orders)
            price = prices[0] if len(self.legs) == 1 else NAN
            self.close(left, price, self.reason, period)
            self.open(left, price, period)

    def open(self, opened_with: float, price: float, period: int) -> None:
        """Begin a trade if anything is held."""
        held = [leg.units for leg in self.legs if leg.units != 0.0]
        if held:
            self.trade = Trade(period, 1 if held[0] > 0.0 else -1, price, opened_with)
            self.best = opened_with if math.isnan(price) else price

    def close(self, closed_with: float, price: float, reason: str, period: int) -> None:
        """End the open trade, if there is one."""
        if self.trade is not None:
            ended = replace(self.trade, closed_with=closed_with, exit_price=price, exit_bar=period, reason=reason)
            self.trades.append(ended)
        self.trade = None

    def ruin(self, prices: list[float], period: int) -> None:
        """End the account with nothing."""
        self.close(0.0, prices[0] if len(self.legs) == 1 else NAN, "ruin", period)
        for leg in self.legs:
            leg.units = 0.0
        self.cash = 0.0
        self.is_ruined = True

    def earn_interest(self) -> None:
        """Pay for what is borrowed and earn on idle cash, by the balances of the last close."""
        borrowed = sum(max(0.0, -leg.units * leg.last_close) for leg in self.legs if leg.units < 0.0)
        idle = self.cash - borrowed
        yearly = self.financing.cash_bps * idle - self.financing.borrow_bps * borrowed
        self.cash += yearly / 1e4 / self.periods_per_year

    def trade_bar(self, bars: list[Bar | None], rate: float, period: int) -> None:
        """Fill what waits, and stop the one position of an account within its bar."""
        first = bars[0]
        stoppable = first if len(bars) == 1 and first is not None and first.has_range else None
        if stoppable is not None and self.is_stopped_at_open(stoppable.open):
            self.stop_at(stoppable.open, rate, period)
            return
        prices = [leg.last_close if bar is None else bar.fill_price for leg, bar in zip(self.legs, bars, strict=True)]
        orders = {
            place: leg.order
            for place, leg in enumerate(self.legs)
            if leg.order is not None
            and (bars[place] is not None or leg.is_ended)
            and (prices[place] > 0.0 or leg.order == 0.0)
        }
        if orders:
            for place in orders:
                self.legs[place].order = None
            self.fill(prices, orders, rate, period)
        if stoppable is not None and self.trade is not None:
            level, _ = self.stop_level()
            if self.is_beyond(stoppable.low if self.trade.direction > 0 else stoppable.high, level):
                self.stop_at(level, rate, period)

    def mark(self, period: int) -> float:
        """Mark equity at the last closes; return the bar's return."""
        before = self.equity
        self.equity = self.cash + sum(leg.units * leg.last_close for leg in self.legs)
        if self.equity <= 0.0 and not self.is_ruined:
            self.ruin([leg.last_close for leg in self.legs], period)
            self.equity = 0.0
        return self.equity / before - 1.0

    def decide(self, bars: list[Bar | None], period: int) -> None:
        """After a close: halt, stop, or order what is wanted now."""
        self.peak = max(self.peak, self.equity)
        limit = self.overlays.max_drawdown
        if not self.is_halted and limit is not None and self.equity <= self.peak * (1.0 - limit):
            self.is_halted = True
            self.order_flat("drawdown_halt")
        if self.is_halted:
            return
        first = bars[0]
        is_judged = len(bars) == 1 and first is not None and first.has_range
        if self.trade is not None and not is_judged and self.is_stopped_at_close():
            return
        if self.trade is not None:
            self.note_best(first, period)
        self.order()

    def stop_level(self) -> tuple[float, str]:
        """Return the price (one instrument) or equity (several) at which the open trade is cut, and by which stop."""
        assert self.trade is not None
        side = self.trade.direction if len(self.legs) == 1 else 1
        entry = self.trade.entry_price if len(self.legs) == 1 else self.trade.opened_with
        off = -side * math.inf
        stop = off if self.overlays.stop_loss is None else entry * (1.0 - side * self.overlays.stop_loss)
        trail = off if self.overlays.trailing_stop is None else self.best * (1.0 - side * self.overlays.trailing_stop)
        return (trail, "trailing_stop") if side * trail > side * stop else (stop, "stop_loss")

    def is_beyond(self, price: float, level: float) -> bool:
        """Return whether a price, or the equity of several instruments, has met a stop."""
        assert self.trade is not None
        return price <= level if len(self.legs) > 1 or self.trade.direction > 0 else price >= level

    def is_stopped_at_open(self, price: float) -> bool:
        """Return whether the bar opens beyond the stop, and no order leaves or turns the position there anyway."""
        if self.trade is None:
            return False
        order = self.legs[0].order
        is_leaving = order is not None and order * self.trade.direction <= 0.0 and (price > 0.0 or order == 0.0)
        return not is_leaving and self.is_beyond(price, self.stop_level()[0])

    def stop_at(self, price: float, rate: float, period: int) -> None:
        """Close the one position at a price, and stay flat until the decision changes."""
        self.reason = self.stop_level()[1]
        self.is_stopped = True
        self.legs[0].target = self.legs[0].decision
        self.legs[0].order = None
        self.fill([price], {0: 0.0}, rate, period)

    def is_stopped_at_close(self) -> bool:
        """Judge the stops at a close; order everything closed if one is met."""
        assert self.trade is not None
        if self.is_stopped:
            return False
        leg = self.legs[0]
        if len(self.legs) == 1 and leg.decision * self.trade.direction <= 0.0:
            return False  # the strategy leaves or turns the position itself
        level, reason = self.stop_level()
        if not self.is_beyond(leg.last_close if len(self.legs) == 1 else self.equity, level):
            return False
        self.is_stopped = True
        for each in self.legs:
            each.target = each.decision
        self.order_flat(reason)
        return True

    def note_best(self, bar: Bar | None, period: int) -> None:
        """Remember the best price (one instrument) or equity (several) since the trade began."""
        assert self.trade is not None
        if len(self.legs) > 1:
            self.best = max(self.best, self.equity)
            return
        assert bar is not None
        if self.trade.entry_bar == period and math.isnan(bar.open):
            return  # it began at this close: the bar's range came before
        extreme = bar.high if self.trade.direction > 0 else bar.low
        price = bar.close if math.isnan(extreme) else extreme
        self.best = max(self.best, price) if self.trade.direction > 0 else min(self.best, price)
