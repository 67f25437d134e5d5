"""What a simulation reports, in storage order (the names of STYLE section 10), and why a value may be missing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tetra.typing import FloatArray

METRICS: tuple[str, ...] = (
    "total_return",
    "cagr",
    "annualized_mean_return",
    "annualized_volatility",
    "sharpe_ratio",
    "sortino_ratio",
    "calmar_ratio",
    "max_drawdown",
    "drawdown_duration",
    "value_at_risk_95",
    "value_at_risk_99",
    "expected_shortfall_95",
    "expected_shortfall_99",
    "skew",
    "excess_kurtosis",
    "excess_return",
    "beta",
    "trade_count",
    "win_rate",
    "profit_factor",
    "expected_value",
    "exposure",
    "turnover",
    "costs_paid",
)
"""Columns of a simulation's metrics; the first 17 come from returns alone, the rest from the account."""

METRIC_COUNT = len(METRICS)

RETURN_METRICS = 17
"""How many of ``METRICS`` are computed from the returns of the account and of buy and hold."""

INTEGER_METRICS = frozenset({"drawdown_duration", "trade_count"})
"""Metrics stored as whole numbers."""

LEDGER: tuple[str, ...] = (
    "trade_count",
    "winning_trades",
    "gross_gain",
    "gross_loss",
    "trade_return_sum",
    "weight_sum",
    "turnover",
    "costs_paid",
)
"""Sums an account keeps over the window; gains and losses in units of starting capital, losses positive."""

GROWTH, DRAWDOWN, DURATION, SPREAD, SHAPE, TAIL, BENCHMARK, EXPOSURE = (1 << place for place in range(8))
"""Parts of the work; a metric needs one or more of them, and only what is asked for is done."""

PARTS: dict[str, int] = {
    "total_return": GROWTH,
    "cagr": GROWTH,
    "annualized_mean_return": SPREAD,
    "annualized_volatility": SPREAD,
    "sharpe_ratio": SPREAD,
    "sortino_ratio": SPREAD | SHAPE,
    "calmar_ratio": GROWTH | DRAWDOWN,
    "max_drawdown": DRAWDOWN,
    "drawdown_duration": DRAWDOWN | DURATION,
    "value_at_risk_95": SPREAD | TAIL,
    "value_at_risk_99": SPREAD | TAIL,
    "expected_shortfall_95": SPREAD | TAIL,
    "expected_shortfall_99": SPREAD | TAIL,
    "skew": SPREAD | SHAPE,
    "excess_kurtosis": SPREAD | SHAPE,
    "excess_return": GROWTH | BENCHMARK,
    "beta": BENCHMARK,
    "exposure": EXPOSURE,
}
"""What each metric needs; the others come from sums that are kept anyway."""

EVERY_PART = 255


def parts_of(metrics: Iterable[str]) -> int:
    """Return all the parts of the work that the metrics need, as bits."""
    parts = 0
    for name in metrics:
        parts |= PARTS.get(name, 0)
    return parts


REASONS: tuple[tuple[str, str], ...] = (
    ("total_return", "no session in the window"),
    ("annualized_volatility", "fewer than two sessions"),
    ("sharpe_ratio", "no volatility"),
    ("sortino_ratio", "no losing session"),
    ("calmar_ratio", "no drawdown"),
    ("win_rate", "no closed trade"),
    ("profit_factor", "no losing trade"),
    ("beta", "buy and hold did not move"),
)
"""A metric that is NaN, and what that says about the account."""


def undefined_reasons(metrics: FloatArray) -> list[str | None]:
    """Return, for each row of metrics, why some of them are undefined.

    Parameters
    ----------
    metrics : ndarray of shape (n_rows, len(METRICS))
        NaN where undefined.

    Returns
    -------
    list of (str or None), length n_rows
        Reasons joined by "; ", or None where all metrics are defined.
    """
    columns = [METRICS.index(name) for name, _ in REASONS]
    missing = np.isnan(metrics[:, columns])
    codes = missing @ (1 << np.arange(len(REASONS)))
    texts = {code: _reason(code) for code in np.unique(codes).tolist()}
    return [texts[code] for code in codes.tolist()]


def _reason(code: int) -> str | None:
    told = [reason for place, (_, reason) in enumerate(REASONS) if code >> place & 1]
    if "no session in the window" in told:
        return "no session in the window"  # everything else follows
    if "no closed trade" in told and "no losing trade" in told:
        told.remove("no losing trade")  # said already
    return "; ".join(told) or None
