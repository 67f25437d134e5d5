"""Walk-forward: parameters are chosen on one part of a history and judged on another that the choice did not see.

1. Every combination of the plan's grid is traded over the whole window, once. What counts is its **portfolio**: the
   equal-weighted mean of its cells with a bar that day.
2. In each fold the combination with the best criterion in the train part is chosen; of equals the first of the grid,
   and the first too where the criterion is defined for none of them.
3. The **out-of-sample path** takes from each test part the target weights of the combination chosen for it and trades
   them as one account: what switching costs, it pays, and what is wanted unchanged is kept. The decision that is filled
   on the first bar of a test part is the chosen combination's, taken at the close before; nothing is held before the
   first test part.

With ``rolling`` and ``expanding`` plans a choice depends on nothing after its train part. Of ``k_fold`` it does: the
train part lies on both sides, as far off as purge and embargo say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tetra.backtest.cells import PERIODS_PER_YEAR, CellRun, Cells, cells_of, market_of, run_cells, weights_of
from tetra.backtest.columns import METRICS, RETURN_METRICS
from tetra.backtest.folds import Fold, purged_k_folds, walk_forward_folds
from tetra.backtest.portfolio import mean_over_cells
from tetra.backtest.risk import Risk
from tetra.backtest.statistics import summarize
from tetra.errors import BacktestError
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.registry import RegisteredStrategy
from tetra.strategies.walk_forward_plan import WalkForwardPlan
from tetra.typing import DateArray, FloatArray, IntArray

FOLD_METRICS = METRICS[:RETURN_METRICS]
"""What is reported of a part: the metrics that come from returns alone."""


@dataclass(frozen=True)
class JudgedFold:
    """One choice, on what it was made and what it gave.

    Parameters
    ----------
    fold : Fold
        In bars of the window.
    chosen : RegisteredStrategy
        With the parameters chosen.
    in_sample : ndarray of shape (len(FOLD_METRICS),)
        Of its portfolio in the train part, as if that was all there was; two spans count as one after the other.
    out_of_sample : ndarray of shape (len(FOLD_METRICS),)
        Of the out-of-sample path in the test part.
    """

    fold: Fold
    chosen: RegisteredStrategy
    in_sample: FloatArray
    out_of_sample: FloatArray


@dataclass(frozen=True)
class Path:
    """A portfolio, bar by bar.

    Parameters
    ----------
    returns, benchmark_returns : ndarray of shape (n_bars,)
        Simple returns of the portfolio, and of the mean of its cells' buy and hold.
    """

    returns: FloatArray
    benchmark_returns: FloatArray

    def metrics_on(self, bars: IntArray) -> FloatArray:
        """Return the metrics of the given bars alone, in the order of ``FOLD_METRICS``."""
        metrics: FloatArray = np.empty(RETURN_METRICS)
        summarize(self.returns[None, bars], self.benchmark_returns[None, bars], PERIODS_PER_YEAR, metrics[None, :])
        return metrics


@dataclass(frozen=True)
class WalkForward:
    """What a strategy gave whose parameters were chosen fold by fold.

    Parameters
    ----------
    registered : RegisteredStrategy
    scenario_name : str
    window : ndarray of datetime64[D], shape (n_window,)
        Sessions that folds count by.
    folds : tuple of JudgedFold
    sessions : ndarray of datetime64[D], shape (n_tested,)
        Of the out-of-sample path: those of the test parts.
    path : Path
        Out of sample.
    weights : ndarray of shape (n_tested,)
        Signed weight held after each close, a fraction of capital: the mean, over the cells with a bar that day, of
        what each holds of all its instruments.
    metrics : ndarray of shape (len(FOLD_METRICS),)
        Of the path.
    """

    registered: RegisteredStrategy
    scenario_name: str
    window: DateArray
    folds: tuple[JudgedFold, ...]
    sessions: DateArray
    path: Path
    weights: FloatArray
    metrics: FloatArray


@dataclass(frozen=True)
class _Trial:
    entry: RegisteredStrategy
    target_weights: FloatArray
    path: Path


def walk_forward(registered: RegisteredStrategy, panel: ScenarioPanel, *, risk: Risk) -> WalkForward | None:
    """Return a strategy's walk through a scenario by its plan; None where it has no cell.

    Parameters
    ----------
    registered : RegisteredStrategy
        With a plan.
    panel : ScenarioPanel
        Usually the full history.
    risk : Risk
        Costs, financing and the strategy's overlays.

    Raises
    ------
    StrategyError
        If the strategy has no plan, or returns unusable weights.
    BacktestError
        If the window is too short for a fold of the plan.
    """
    combinations = registered.combinations()
    cells = cells_of(registered.strategy, market_of(panel))
    if cells is None:
        return None
    plan = plan_of(registered)
    folds = split(plan, panel.sessions.size - panel.window_start)
    trials = [_try(entry, cells, panel, risk=risk) for entry in combinations]
    chosen = [trials[choose(fold, [trial.path for trial in trials], criterion=plan.criterion)] for fold in folds]
    first = folds[0].test[0]
    tested = replace(panel, window_start=panel.window_start + first)
    stitched = stitch([trial.target_weights for trial in chosen], folds, window_start=panel.window_start)
    run = run_cells(registered, cells, tested, risk=risk, keep=("returns", "weights"), target_weights=stitched)
    path = _portfolio(run, tested)
    return WalkForward(
        registered=registered,
        scenario_name=panel.scenario_name,
        window=panel.sessions[panel.window_start :],
        folds=tuple(_judged(fold, trial, path, first=first) for fold, trial in zip(folds, chosen, strict=True)),
        sessions=tested.sessions[tested.window_start :],
        path=path,
        weights=_net_weights(run, tested),
        metrics=path.metrics_on(np.arange(path.returns.size)),
    )


def plan_of(registered: RegisteredStrategy) -> WalkForwardPlan:
    """Return a strategy's plan.

    Raises
    ------
    BacktestError
        If it has none.
    """
    if registered.walk_forward is None:
        raise BacktestError(f"strategy {registered.name!r} has no walk_forward block; give it one in strategies.yaml")
    return registered.walk_forward


def split(plan: WalkForwardPlan, n_bars: int) -> tuple[Fold, ...]:
    """Return the folds of a plan over some bars.

    Raises
    ------
    BacktestError
        If they are too few.
    """
    if plan.train_size is None:
        return purged_k_folds(
            n_bars, test_size=plan.test_size, purged_size=plan.purged_size, embargo_size=plan.embargo_size
        )
    return walk_forward_folds(
        n_bars,
        train_size=plan.train_size,
        test_size=plan.test_size,
        purged_size=plan.purged_size,
        is_expanding=plan.method == "expanding",
    )


def choose(fold: Fold, paths: Sequence[Path], *, criterion: str) -> int:
    """Return the place of the path that is best in the train part of a fold.

    Parameters
    ----------
    fold : Fold
        In the bars of the paths.
    paths : sequence of Path
        Of the portfolios of all combinations.
    criterion : str
        One of ``FOLD_METRICS``; the highest is the best, an undefined one is the worst.
    """
    column, bars = FOLD_METRICS.index(criterion), fold.train_bars
    values = [path.metrics_on(bars)[column] for path in paths]
    return int(np.argmax([-np.inf if np.isnan(value) else value for value in values]))


def stitch(weights: Sequence[FloatArray], folds: Sequence[Fold], *, window_start: int) -> FloatArray:
    """Return the weights chosen for each fold, on the bars whose decisions are filled in its test part; else NaN.

    Parameters
    ----------
    weights : sequence of ndarray, each of shape (n_rows, n_bars)
        Target weights of the combination chosen for each fold.
    folds : sequence of Fold
        In bars of the window.
    window_start : int
        Bar on which the window begins.
    """
    stitched = np.full_like(weights[0], np.nan)
    for chosen, fold in zip(weights, folds, strict=True):
        # what is decided at the close of one bar is filled on the next
        start, stop = (max(window_start + bar - 1, 0) for bar in fold.test)
        stitched[:, start:stop] = chosen[:, start:stop]
    return stitched


def _try(entry: RegisteredStrategy, cells: Cells, panel: ScenarioPanel, *, risk: Risk) -> _Trial:
    weights = weights_of(entry.strategy, cells)
    run = run_cells(entry, cells, panel, risk=risk, keep=["returns"], target_weights=weights)
    return _Trial(entry, weights, _portfolio(run, panel))


def _judged(fold: Fold, trial: _Trial, path: Path, *, first: int) -> JudgedFold:
    tested = np.arange(fold.test[0] - first, fold.test[1] - first)
    return JudgedFold(fold, trial.entry, trial.path.metrics_on(fold.train_bars), path.metrics_on(tested))


def _portfolio(run: CellRun, panel: ScenarioPanel) -> Path:
    returns, benchmark = run.simulation.returns, run.simulation.benchmark_returns
    assert returns is not None  # kept by both callers
    assert benchmark is not None
    has_bar = run.has_bar(panel.window_start)
    return Path(mean_over_cells(returns, has_bar), mean_over_cells(benchmark, has_bar))


def _net_weights(run: CellRun, panel: ScenarioPanel) -> FloatArray:
    held = run.simulation.weights
    assert held is not None  # kept by the caller
    of_cells = np.add.reduceat(held, run.cells.starts[:-1], axis=0)
    return mean_over_cells(of_cells, run.has_bar(panel.window_start))
