"""From a strategy and the full history to what is judged of it: returns, timing returns, null twins.

A strategy with a walk-forward plan is judged on its out-of-sample path alone: what it wants there is put together again
from the choices that were stored, and traded as the walk traded it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tetra.backtest.cells import CellRun, Cells, Market, cells_of, run_cells, weights_of
from tetra.backtest.portfolio import mean_over_cells
from tetra.backtest.risk import Risk
from tetra.backtest.walk_forward import plan_of, split, stitch
from tetra.errors import DataError
from tetra.luck.family import Candidate
from tetra.luck.held_weights import weights_and_moves
from tetra.luck.null_twins import null_twin_p_value, on_kept_days
from tetra.luck.observations import has_constant_weights, reason_not_tested
from tetra.luck.timing_returns import timing_returns
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.registry import RegisteredStrategy
from tetra.typing import BoolArray, DateArray, FloatArray, IntArray

NAN = float("nan")


@dataclass(frozen=True)
class Ground:
    """What all strategies are judged on.

    Parameters
    ----------
    panel : ScenarioPanel
        The full history.
    market : Market
        Of it.
    risk : Risk
    dates : ndarray of int, shape (n_window, n_twins)
        ``null_twins.permuted_dates`` of the window.
    """

    panel: ScenarioPanel
    market: Market
    risk: Risk
    dates: IntArray

    @property
    def n_days(self) -> int:
        """Sessions of the window."""
        return self.panel.sessions.size - self.panel.window_start


@dataclass(frozen=True)
class StoredWalk:
    """What is stored of a strategy's walk through the full history.

    Parameters
    ----------
    chosen : tuple of dict
        All parameters, as chosen for each fold.
    sessions : ndarray of datetime64[D], shape (n_tested,)
        Of the out-of-sample path.
    returns : ndarray of shape (n_tested,)
        Of it.
    """

    chosen: tuple[dict[str, Any], ...]
    sessions: DateArray
    returns: FloatArray


@dataclass(frozen=True)
class _Traded:
    """A strategy's cells as they were traded, on the last days of the window."""

    run: CellRun
    panel: ScenarioPanel
    target_weights: FloatArray

    @property
    def held(self) -> FloatArray:
        """Weights after each close, shape (n_rows, n_days)."""
        assert self.run.simulation.weights is not None  # kept by ``_trade``
        return self.run.simulation.weights

    @property
    def has_bar(self) -> BoolArray:
        """Whether a cell has a bar, shape (n_cells, n_days)."""
        return self.run.has_bar(self.panel.window_start)

    @property
    def decided(self) -> FloatArray:
        """Target weights that each day of the window begins with, shape (n_rows, n_days)."""
        return _before(self.target_weights, self.panel.window_start)[:, :-1]

    @property
    def counts(self) -> BoolArray:
        """Days that count: some cell has a bar, from the first on that a decision could be filled, (n_days,)."""
        is_decided = np.logical_or.accumulate(np.isfinite(self.decided).any(axis=0))
        counting: BoolArray = self.has_bar.any(axis=0) & is_decided
        return counting


def rejected(name: str, *, n_days: int) -> Candidate:
    """Return a strategy that looks ahead: nothing of it is judged."""
    nothing = np.full(n_days, np.nan)
    return Candidate(name, nothing, nothing, NAN, looks_ahead=True)


def on_full_history(entry: RegisteredStrategy, ground: Ground) -> Candidate | None:
    """Return a strategy as it did on the full history; None where it has no cell there.

    Raises
    ------
    StrategyError
        If it returns unusable weights.
    """
    cells = cells_of(entry.strategy, ground.market)
    if cells is None:
        return None
    return _candidate(entry, _trade(entry, cells, ground.panel, weights_of(entry.strategy, cells), ground), ground)


def out_of_sample(entry: RegisteredStrategy, ground: Ground, *, walk: StoredWalk) -> Candidate | None:
    """Return a strategy as it did in the test folds of its plan; None where it has no cell.

    Parameters
    ----------
    entry : RegisteredStrategy
        With a plan.
    ground : Ground
    walk : StoredWalk
        Its walk through this history.

    Raises
    ------
    DataError
        If what was stored of the walk is not what its choices give.
    """
    cells = cells_of(entry.strategy, ground.market)
    if cells is None:
        return None
    stitched, first = _stitched(entry, cells, ground, walk)
    tested = replace(ground.panel, window_start=ground.panel.window_start + first)
    traded = _trade(entry, cells, tested, stitched, ground)
    assert traded.run.simulation.returns is not None  # kept by ``_trade``
    returns = mean_over_cells(traded.run.simulation.returns, traded.has_bar)
    is_same = np.array_equal(tested.sessions[tested.window_start :], walk.sessions)
    if not (is_same and np.array_equal(returns, walk.returns)):
        raise DataError(_told_of_stale_walk(entry))
    return _candidate(entry, traded, ground)


def _stitched(entry: RegisteredStrategy, cells: Cells, ground: Ground, walk: StoredWalk) -> tuple[FloatArray, int]:
    """Return the target weights of the out-of-sample path, and its first day in the window."""
    folds = split(plan_of(entry), ground.n_days)
    tried = {_key(trial): trial for trial in entry.combinations()}
    keys = [json.dumps(parameters, sort_keys=True) for parameters in walk.chosen]
    if len(folds) != len(keys) or not set(keys) <= tried.keys():
        raise DataError(_told_of_stale_walk(entry))
    weights = {key: weights_of(tried[key].strategy, cells) for key in sorted(set(keys))}
    window_start = ground.panel.window_start
    return stitch([weights[key] for key in keys], folds, window_start=window_start), folds[0].test[0]


def _key(trial: RegisteredStrategy) -> str:
    return json.dumps(trial.parameters, sort_keys=True)


def _told_of_stale_walk(entry: RegisteredStrategy) -> str:
    return f"the walk stored of {entry.name!r} is not what its plan and the full history give; run walk_forward again"


def _trade(
    entry: RegisteredStrategy, cells: Cells, panel: ScenarioPanel, target_weights: FloatArray, ground: Ground
) -> _Traded:
    run = run_cells(entry, cells, panel, risk=ground.risk, keep=("returns", "weights"), target_weights=target_weights)
    return _Traded(run, panel, target_weights)


def _candidate(entry: RegisteredStrategy, traded: _Traded, ground: Ground) -> Candidate:
    simulation, has_bar, counts = traded.run.simulation, traded.has_bar, traded.counts
    assert simulation.returns is not None  # kept by ``_trade``
    assert simulation.benchmark_returns is not None
    of_cells = np.add.reduceat(traded.held, traded.run.cells.starts[:-1], axis=0)
    returns = np.where(counts, mean_over_cells(simulation.returns, has_bar), np.nan)
    buy_and_hold = mean_over_cells(simulation.benchmark_returns, has_bar)
    timed = timing_returns(returns, weights=mean_over_cells(of_cells, has_bar), buy_and_hold=buy_and_hold)
    is_constant = _is_constant(entry, traded, counts)
    is_tested = reason_not_tested(timed, has_constant_weights=is_constant) is None
    return Candidate(
        name=entry.name,
        returns=_at_the_end(returns, ground.n_days),
        timing_returns=_at_the_end(timed, ground.n_days),
        null_twin_p_value=_null_twins(traded, buy_and_hold, counts, ground) if is_tested else NAN,
        has_constant_weights=is_constant,
    )


def _is_constant(entry: RegisteredStrategy, traded: _Traded, counts: BoolArray) -> bool:
    if not entry.overlays.are_off:
        return False  # stops and limits time whatever is wanted
    could_decide = np.isfinite(_before(traded.run.cells.prices.close, traded.panel.window_start)[:, :-1])
    return has_constant_weights(traded.decided, has_bar=could_decide & counts)


def _null_twins(traded: _Traded, buy_and_hold: FloatArray, counts: BoolArray, ground: Ground) -> float:
    prices, start = traded.run.cells.prices, traded.panel.window_start
    weights, moves = weights_and_moves(
        traded.held,
        close=_before(prices.close, start),
        open_price=_before(prices.open, start),
        account_starts=traded.run.cells.starts,
    )
    per_account = 1.0 / np.maximum(traded.has_bar.sum(axis=0), 1)
    capital = np.where(np.isfinite(prices.close[:, start:]), per_account, 0.0)
    of_a_part = np.vstack([capital, capital]) / 2.0
    is_used = weights.any(axis=1)
    return null_twin_p_value(
        weights[is_used][:, counts],
        (moves * per_account)[is_used][:, counts],
        capital=of_a_part[is_used][:, counts],
        buy_and_hold=buy_and_hold[counts],
        dates=on_kept_days(ground.dates, np.pad(counts, (ground.n_days - counts.size, 0))),
    )


def _before(values: FloatArray, window_start: int) -> FloatArray:
    """Return the columns from the bar before the window on; NaN where the window begins with the first bar."""
    if window_start > 0:
        return values[:, window_start - 1 :]
    return np.hstack([np.full((values.shape[0], 1), np.nan), values])


def _at_the_end(values: FloatArray, n_days: int) -> FloatArray:
    """Return values of the last days as values of all; NaN on the others."""
    whole = np.full(n_days, np.nan)
    whole[n_days - values.size :] = values
    return whole
