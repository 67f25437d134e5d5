"""A scenario as the backtest sees it: a joint panel of price paths, warm-up bars first."""

from __future__ import annotations

from dataclasses import dataclass

from tetra.typing import BoolArray, DateArray, FloatArray


@dataclass(frozen=True)
class ScenarioPanel:
    """One scenario's prices for all of its symbols.

    Series are rows and bars are columns (C-contiguous), the backtest engine's own layout, so nothing is
    transposed between storage and simulation.

    Parameters
    ----------
    scenario_name, scenario_family : str
        As in ``scenarios.definitions``.
    symbols : tuple of str, length n_series
        Row labels, sorted.
    sessions : ndarray of datetime64[D], shape (n_bars,)
        Warm-up sessions, then the window's.
    window_start : int
        Column of the first bar that counts; the bars before it only make indicators ready.
    is_tradable : ndarray of bool, shape (n_series,)
        False for series that strategies may read but no position is opened in (VIX).
    close : ndarray of shape (n_series, n_bars)
        Adjusted price levels; NaN where the symbol has no bar.
    open, high, low, volume : ndarray of shape (n_series, n_bars)
        NaN wherever the source has no such field.
    commission_multiplier, spread_multiplier : ndarray of shape (n_bars,)
        Applied to costs on each day; 1 during warm-up.
    earnings_surprise, news_sentiment : ndarray of shape (n_series, n_bars), optional
        As of :class:`tetra.strategies.price_block.PriceBlock`; None unless loaded.
    """

    scenario_name: str
    scenario_family: str
    symbols: tuple[str, ...]
    sessions: DateArray
    window_start: int
    is_tradable: BoolArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    commission_multiplier: FloatArray
    spread_multiplier: FloatArray
    earnings_surprise: FloatArray | None = None
    news_sentiment: FloatArray | None = None
