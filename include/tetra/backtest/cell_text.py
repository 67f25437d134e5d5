"""A cell as text: its metrics with their units, or why they are undefined, and its trades."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tetra.aligned_rows import aligned_rows
from tetra.backtest.columns import METRICS
from tetra.backtest.one_cell import CellView, Trade
from tetra.backtest.portfolio import PORTFOLIO

MOST_PORTFOLIO_TRADES = 50
"""A portfolio has the trades of every cell; more of them than this say less than those of one symbol."""

TRADE_HEADINGS = ("entry", "exit", "symbol", "side", "entry price", "exit price", "return", "ended by")
RIGHT = {4, 5, 6}
MOST_DECIMALS = 3


class Unit(NamedTuple):
    """How a metric is written: times a factor, with decimals, in words."""

    factor: float
    decimals: int
    words: str


_PERCENT, _A_YEAR = Unit(100.0, 2, "%"), Unit(100.0, 2, "% a year")
_RATIO, _LOSS = Unit(1.0, 3, ""), Unit(100.0, 2, "% lost in one session")

UNITS: dict[str, Unit] = {
    "total_return": _PERCENT,
    "cagr": _A_YEAR,
    "annualized_mean_return": _A_YEAR,
    "annualized_volatility": _A_YEAR,
    "sharpe_ratio": _RATIO,
    "sortino_ratio": _RATIO,
    "calmar_ratio": _RATIO,
    "max_drawdown": _PERCENT,
    "drawdown_duration": Unit(1.0, 0, "sessions"),
    "value_at_risk_95": _LOSS,
    "value_at_risk_99": _LOSS,
    "expected_shortfall_95": _LOSS,
    "expected_shortfall_99": _LOSS,
    "skew": _RATIO,
    "excess_kurtosis": _RATIO,
    "excess_return": Unit(100.0, 2, "% points over buy and hold"),
    "beta": Unit(1.0, 3, "to buy and hold"),
    "trade_count": Unit(1.0, 0, "closed trades"),
    "win_rate": Unit(100.0, 2, "% of closed trades"),
    "profit_factor": Unit(1.0, 3, "gains over losses"),
    "expected_value": Unit(100.0, 2, "% per closed trade"),
    "exposure": Unit(100.0, 2, "% of capital held on average"),
    "turnover": Unit(1.0, 2, "times equity traded"),
    "costs_paid": Unit(100.0, 2, "% of starting capital"),
}


def as_text(view: CellView) -> str:
    """Return the cell's name, metrics and trades, aligned in columns."""
    days = f"{view.sessions[0]} to {view.sessions[-1]}" if view.sessions.size else "no session"
    head = [
        f"{view.strategy_name} on {view.symbol} in {view.scenario_name} ({view.scenario_family}), as of {view.as_of}",
        f"{days}, {view.sessions.size} sessions",
    ]
    return "\n".join([*head, "", *_metric_lines(view), "", *_trade_lines(view)])


def _metric_lines(view: CellView) -> list[str]:
    rows: list[tuple[str, ...]] = []
    for name in METRICS:
        value, unit = view.metric(name), UNITS[name]
        if np.isnan(value):
            rows.append((name, "-" + " " * (MOST_DECIMALS + 1), f"undefined: {view.why_undefined(name)}"))
        else:
            rows.append((name, _number(value, unit), unit.words))
    return aligned_rows(rows, right={1})


def _number(value: float, unit: Unit) -> str:
    shown = round(unit.factor * value, unit.decimals) + 0.0  # no minus before a zero
    text = f"{shown:,.{unit.decimals}f}"
    fraction = unit.decimals + 1 if unit.decimals else 0
    return text + " " * (MOST_DECIMALS + 1 - fraction)  # so that the points stand below each other


def _trade_lines(view: CellView) -> list[str]:
    if not view.trades:
        return ["no trades"]
    most = MOST_PORTFOLIO_TRADES if view.symbol == PORTFOLIO else len(view.trades)
    rows = [TRADE_HEADINGS, *(_trade_row(trade) for trade in view.trades[:most])]
    left_out = len(view.trades) - most
    more = [f"… and {left_out} more; give a symbol to see all of its trades"] if left_out > 0 else []
    return [counted(len(view.trades), "trade"), *aligned_rows(rows, right=RIGHT), *more]


def _trade_row(trade: Trade) -> tuple[str, ...]:
    prices = ("-" if price is None else f"{price:,.4f}" for price in (trade.entry_price, trade.exit_price))
    return (
        str(trade.entry_date),
        "-" if trade.exit_date is None else str(trade.exit_date),
        trade.symbol,
        trade.direction,
        *prices,
        f"{100.0 * trade.trade_return:,.2f} %",
        trade.exit_reason.replace("_", " "),
    )


def counted(count: int, noun: str) -> str:
    """Return a number of things: "1 trade", "2 trades"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
