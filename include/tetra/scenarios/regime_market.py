"""The market that regimes are told from: one series of daily returns, of an index where there is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.data.prices import PriceHistory
from tetra.typing import DateArray, FloatArray, IntArray

MEAN = "equal-weighted mean"
"""What the market is called where no index has a return."""


@dataclass(frozen=True)
class MarketSeries:
    """Daily returns of the market, on the sessions that have one.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (n_returns,)
    returns : ndarray of shape (n_returns,)
        Simple, as fractions.
    volatility_index : ndarray of shape (n_returns,)
        In its own points; NaN where it is not held.
    names : tuple of str
        What returns may come from.
    origin : ndarray of int, shape (n_returns,)
        Which of ``names`` each return comes from.
    """

    sessions: DateArray
    returns: FloatArray
    volatility_index: FloatArray
    names: tuple[str, ...]
    origin: IntArray

    @property
    def log_returns(self) -> FloatArray:
        """Log returns, shape (n_returns,)."""
        return np.log1p(self.returns)

    @property
    def level(self) -> FloatArray:
        """Value of what was 1 before the first return, shape (n_returns,)."""
        return np.asarray(np.cumprod(1.0 + self.returns), dtype=np.float64)


def market_series(
    history: PriceHistory, *, market: tuple[str, ...], volatility_index: str, min_symbols: int
) -> MarketSeries:
    """Return the market's daily returns.

    Parameters
    ----------
    history : PriceHistory
    market : tuple of str
        Indices, the best first. A session's return is that of the first that has a price on it and on the session
        before; where none has, the mean over tradable series.
    volatility_index : str
    min_symbols : int
        Tradable series that a mean needs, below which a session has no return.

    Notes
    -----
    Returns are joined, not prices: an index that begins late or ends early changes no level.
    """
    rows = {symbol: row for row, symbol in enumerate(history.symbols)}
    held = [symbol for symbol in market if symbol in rows]
    candidates = [_simple_returns(history.close[rows[symbol]][None, :])[0] for symbol in held]
    candidates.append(_mean_return(history, min_symbols))
    options = np.stack(candidates)
    is_known = np.isfinite(options)
    origin = is_known.argmax(axis=0).astype(np.int64)
    used = np.flatnonzero(is_known.any(axis=0))
    points = (
        history.close[rows[volatility_index]] if volatility_index in rows else np.full(history.sessions.size, np.nan)
    )
    return MarketSeries(
        sessions=history.sessions[used],
        returns=options[origin[used], used],
        volatility_index=points[used],
        names=(*held, MEAN),
        origin=origin[used],
    )


def _simple_returns(close: FloatArray) -> FloatArray:
    """Return returns between consecutive sessions, NaN on the first and where a price is absent or not positive."""
    held = np.where(close > 0.0, close, np.nan)
    returns = np.full(close.shape, np.nan)
    returns[:, 1:] = held[:, 1:] / held[:, :-1] - 1.0
    return returns


def _mean_return(history: PriceHistory, min_symbols: int) -> FloatArray:
    returns = _simple_returns(history.close[history.is_tradable])
    count = np.isfinite(returns).sum(axis=0)
    mean = np.nansum(returns, axis=0) / np.maximum(count, 1)
    return np.where(count >= max(min_symbols, 1), mean, np.nan)
