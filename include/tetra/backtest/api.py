"""The call a person makes: a strategy and prices in, metrics out. The rules are in the package docstring."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from tetra.backtest.account_state import Bars
from tetra.backtest.columns import METRICS
from tetra.backtest.input_checks import check_array, check_costs, check_layout, check_shape, has_infinity
from tetra.backtest.job import Keep, job_of
from tetra.backtest.overlays import Financing, Overlays
from tetra.backtest.simulation import Simulation
from tetra.backtest.tiles import map_tiles, row_tiles
from tetra.backtest.trades import TradeArray
from tetra.errors import StrategyError, unknown_value
from tetra.strategies.base import LegsStrategy, Strategy, checked_weights
from tetra.strategies.incomplete_bars import with_decisions_standing
from tetra.strategies.price_block import FIELDS, Field, PriceBlock
from tetra.typing import FloatArray, IntArray


@dataclass(frozen=True)
class Tile:
    """Accounts that are worked on together: series that are traded alone, one group of legs, or a whole panel.

    Parameters
    ----------
    source : slice or ndarray of int
        Rows of the prices.
    starts : ndarray of int, shape (n_accounts + 1,)
        First row of each account among them.
    accounts, rows : slice
        Of all accounts, and of all rows that are traded.
    """

    source: slice | IntArray
    starts: IntArray
    accounts: slice
    rows: slice

    def prices(self, block: PriceBlock) -> PriceBlock:
        """Return the tile's part of a block."""
        if isinstance(self.source, slice):
            return block.slice_rows(self.source.start, self.source.stop)
        return block.take(self.source)


def backtest(
    strategy: Strategy,
    prices: PriceBlock | FloatArray,
    *,
    costs: float | FloatArray = 0.001,
    periods_per_year: float = 252.0,
    window_start: int = 0,
    overlays: Overlays | None = None,
    financing: Financing | None = None,
    metrics: Sequence[str] = METRICS,
    keep: Collection[Keep] = (),
    threads: int | None = None,
) -> Simulation:
    """Trade a strategy on prices.

    Parameters
    ----------
    strategy : Strategy
        Of any kind: alone on each series, on its groups of legs, or on all series at once as one account.
    prices : PriceBlock or ndarray of shape (n_series, n_bars)
        Bars, or closes alone; C-contiguous float64, NaN where a bar is missing.
    costs : float or ndarray of shape (n_bars,)
        Cost of a fill as a fraction of the traded value, always the same or day by day; 0.001 is 10 basis points.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.
    window_start : int
        First bar that counts; those before it warm the strategy up.
    overlays : Overlays, optional
        Sizing, stops and limits; none by default.
    financing : Financing, optional
        Interest; none by default.
    metrics : sequence of str
        Of ``columns.METRICS``; only what is asked for is computed.
    keep : collection of {"returns", "weights", "trades"}
        What is kept beside metrics.
    threads : int, optional
        As many as there are cores by default; changes no result.

    Returns
    -------
    Simulation
        An account per series, per group of legs, or one.

    Raises
    ------
    BacktestError
        If the prices hold what must not be simulated, or an argument is out of range.
    StrategyError
        If the strategy reads what the prices do not have, trades what is not in them, or returns unusable weights.
    """
    block = prices if isinstance(prices, PriceBlock) else _closes_only(prices)
    present = _present_fields(strategy, block)
    rates = np.full(block.n_bars, float(costs)) if isinstance(costs, int | float) else costs
    check_costs(rates, block.n_bars)
    job = job_of(
        rates,
        window_start=window_start,
        periods_per_year=periods_per_year,
        overlays=overlays,
        financing=financing,
        metrics=metrics,
        keep=keep,
    )

    absent = np.empty((len(block.symbols), 0))
    tiles = _tiles(strategy, block)
    made = job.room_for(tiles[-1].accounts.stop, tiles[-1].rows.stop)

    def work(tile: Tile) -> TradeArray:
        part = tile.prices(block)
        room = made.part(tile.accounts, tile.rows)
        return job.run(_usable_weights(strategy, part), _checked_bars(part, present, absent), tile.starts, room)

    trades = map_tiles(work, tiles, threads=threads)
    return job.finish(made, trades, [tile.accounts.start for tile in tiles])


def _closes_only(close: FloatArray) -> PriceBlock:
    n_series, _ = check_shape(close)
    check_layout("close", close, close.shape)
    absent = np.broadcast_to(np.nan, close.shape)
    return PriceBlock(_row_names(n_series), absent, absent, absent, close, absent)


@functools.lru_cache(maxsize=1)
def _row_names(n_series: int) -> tuple[str, ...]:
    # 20,000 of them take two milliseconds, a tenth of what is done with the series
    return tuple(map(str, range(n_series)))


def _present_fields(strategy: Strategy, block: PriceBlock) -> frozenset[Field]:
    present = frozenset(name for name in FIELDS if not _is_absent(getattr(block, name)))
    for name in ("close", *strategy.fields):
        if name not in present:
            raise StrategyError(
                f"{type(strategy).__name__} reads {name}, and these prices have none; give a PriceBlock"
            )
    for name in present & {"open", "high", "low", "close"}:
        check_layout(name, getattr(block, name), check_shape(block.close))
    return present


def _is_absent(values: FloatArray | None) -> bool:
    # what ``from_close`` puts where nothing is known: one NaN seen as an array
    return values is None or not any(values.strides)


def _tiles(strategy: Strategy, block: PriceBlock) -> list[Tile]:
    n_series = len(block.symbols)
    if strategy.kind == "single":
        spans = [slice(*span) for span in row_tiles(n_series, block.n_bars)]
        starts = np.arange(spans[0].stop + 1)
        return [Tile(span, starts[: span.stop - span.start + 1], span, span) for span in spans]
    if not isinstance(strategy, LegsStrategy):
        whole = slice(0, n_series)
        return [Tile(whole, np.array([0, n_series]), slice(0, 1), whole)]
    row_of = {symbol: row for row, symbol in enumerate(block.symbols)}
    for symbol in (symbol for group in strategy.groups for symbol in group):
        if symbol not in row_of:
            raise StrategyError(f"{type(strategy).__name__}: {unknown_value('symbol', symbol, row_of)}")
    legs, starts = strategy.legs, np.array([0, strategy.legs])
    rows = [np.array([row_of[symbol] for symbol in group], dtype=np.int64) for group in strategy.groups]
    return [
        Tile(group, starts, slice(place, place + 1), slice(place * legs, place * legs + legs))
        for place, group in enumerate(rows)
    ]


def _usable_weights(strategy: Strategy, prices: PriceBlock) -> FloatArray:
    weights = np.ascontiguousarray(strategy.target_weights(prices))
    is_usable = weights.shape == prices.close.shape and weights.dtype == np.float64
    if not is_usable or has_infinity(weights.reshape(-1)):
        checked_weights(strategy, prices)  # says what is wrong with them
    return with_decisions_standing(weights, prices, strategy.fields)


def _checked_bars(prices: PriceBlock, present: frozenset[Field], absent: FloatArray) -> Bars:
    close, opens = prices.close, prices.open if "open" in present else absent
    high, low = prices.high if "high" in present else absent, prices.low if "low" in present else absent
    for name, values in (("close", close), ("open", opens), ("high", high), ("low", low)):
        if values is not absent and has_infinity(values.reshape(-1)):
            check_array(name, values, close.shape)  # says where
    return Bars(close, opens, high, low)
