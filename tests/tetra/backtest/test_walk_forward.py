"""Walk-forward: worked by hand, against plain runs of what was chosen, and blind to what comes after the choice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tetra.backtest.walked import (
    CONSTANT,
    FREE,
    OF_EACH_KIND,
    SMA,
    TEN_BPS,
    entry,
    entry_of_kind,
    panel_of,
    random_panel,
)

from tetra.backtest.cells import PERIODS_PER_YEAR, cells_of, market_of, run_cells
from tetra.backtest.columns import METRICS
from tetra.backtest.folds import Fold
from tetra.backtest.portfolio import combine
from tetra.backtest.walk_forward import FOLD_METRICS, Path, WalkForward, choose, stitch, walk_forward
from tetra.errors import BacktestError, StrategyError
from tetra.scenarios.panel import ScenarioPanel
from tetra.typing import FloatArray

UNHURRIED = settings(deadline=None, max_examples=25)
ROLLING = {"train_size": 40, "test_size": 25, "purged_size": 3}
EXPANDING = {**ROLLING, "method": "expanding"}
K_FOLD = {"test_size": 30, "purged_size": 2, "embargo_size": 3, "method": "k_fold"}


def walked(registered: Any, panel: ScenarioPanel, risk: Any = TEN_BPS) -> WalkForward:
    result = walk_forward(registered, panel, risk=risk)
    assert result is not None
    return result


def up_up_down_up() -> tuple[ScenarioPanel, FloatArray]:
    """One series, a warm-up bar and 12 bars of the window; opens are the closes before, so a day's gain is whole."""
    gains = np.array([0.10, 0.10, 0.10, -0.10, -0.20, -0.10, -0.10, 0.20, 0.10, 0.10, 0.10, -0.30])
    close = 100.0 * np.cumprod(np.concatenate([[1.0], 1.0 + gains]))[None, :]
    opens = np.concatenate([[[100.0]], close[:, :-1]], axis=1)
    return panel_of(close, open_price=opens), gains


def long_or_flat(**plan: Any) -> Any:
    return entry(CONSTANT, {"weight": (0.0, 1.0)}, criterion="total_return", **plan)


def test_each_fold_trades_what_was_best_on_the_bars_before_it() -> None:
    panel, gains = up_up_down_up()
    result = walked(long_or_flat(train_size=3, test_size=3), panel, FREE)
    # bars 0 to 2 rose: long on 3 to 5; these fell: flat on 6 to 8; 6 to 8 gave 0.9 x 1.2 x 1.1 = 1.188: long on 9 to 11
    assert [judged.chosen.parameters["weight"] for judged in result.folds] == [1.0, 0.0, 1.0]
    np.testing.assert_allclose(result.path.returns, [*gains[3:6], 0.0, 0.0, 0.0, *gains[9:12]], atol=1e-12)
    np.testing.assert_allclose(result.weights, [1, 1, 1, 0, 0, 0, 1, 1, 1], atol=1e-12)
    # in sample 1.1 ** 3 of the one chosen, out of sample 0.9 x 0.8 x 0.9
    total = FOLD_METRICS.index("total_return")
    assert result.folds[0].in_sample[total] == pytest.approx(1.1**3 - 1.0)
    assert result.folds[0].out_of_sample[total] == pytest.approx(0.9 * 0.8 * 0.9 - 1.0)
    assert result.folds[1].in_sample[total] == 0.0
    assert result.metrics[total] == pytest.approx(0.9 * 0.8 * 0.9 * 1.1 * 1.1 * 0.7 - 1.0)
    assert result.metrics[FOLD_METRICS.index("excess_return")] == pytest.approx(
        result.metrics[total] - (np.prod(1.0 + gains[3:]) - 1.0)
    )


def test_sessions_are_those_of_the_test_parts() -> None:
    panel, _ = up_up_down_up()
    result = walked(long_or_flat(train_size=3, test_size=3, purged_size=2), panel)
    assert [judged.fold for judged in result.folds] == [
        Fold(((0, 3),), (5, 8)),
        Fold(((3, 6),), (8, 11)),
        Fold(((6, 9),), (11, 12)),
    ]
    np.testing.assert_array_equal(result.sessions, panel.sessions[1 + 5 :])
    np.testing.assert_array_equal(result.window, panel.sessions[1:])
    assert result.path.returns.size == result.weights.size == result.sessions.size


def test_switching_costs_count() -> None:
    panel, gains = up_up_down_up()
    result = walked(long_or_flat(train_size=3, test_size=3), panel, TEN_BPS)
    # bought at the open of bar 3, sold at the open of bar 6, bought again at the open of bar 9; 10 bps a side
    bought = 1.0 / 1.001
    assert result.path.returns[0] == pytest.approx(bought * (1.0 + gains[3]) - 1.0)
    assert result.path.returns[3] == pytest.approx(-0.001)
    assert result.path.returns[6] == pytest.approx(bought * (1.0 + gains[9]) - 1.0)


def test_a_train_part_on_both_sides_is_judged_as_one() -> None:
    panel, gains = up_up_down_up()
    result = walked(long_or_flat(test_size=4, method="k_fold"), panel, FREE)
    np.testing.assert_array_equal(result.sessions, panel.sessions[1:])
    # around bars 4 to 7 lie the first four and the last four; around the last four only what lies before
    total = FOLD_METRICS.index("total_return")
    long_on = [
        np.prod(1.0 + gains[4:]) - 1.0,
        np.prod(1.0 + np.concatenate([gains[:4], gains[8:]])) - 1.0,
        np.prod(1.0 + gains[:8]) - 1.0,
    ]
    for judged, long in zip(result.folds, long_on, strict=True):
        assert judged.chosen.parameters["weight"] == float(long > 0.0)
        assert judged.in_sample[total] == pytest.approx(max(long, 0.0))


@pytest.mark.parametrize("kind", sorted(OF_EACH_KIND))
@pytest.mark.parametrize("plan", [ROLLING, EXPANDING], ids=["rolling", "expanding"])
@given(seed=st.integers(0, 2**32 - 1), fold=st.integers(0, 3))
@UNHURRIED
def test_what_comes_after_a_choice_does_not_change_it(kind: str, plan: dict[str, Any], seed: int, fold: int) -> None:
    panel, registered = random_panel(seed), entry_of_kind(kind, **plan)
    before = walked(registered, panel)
    cut = before.folds[fold].fold.test[0]
    after = walked(registered, changed_from(panel, panel.window_start + cut, seed=seed))
    assert parameters(after)[: fold + 1] == parameters(before)[: fold + 1]
    first = before.folds[0].fold.test[0]
    np.testing.assert_array_equal(after.path.returns[: cut - first], before.path.returns[: cut - first])
    for now, then in zip(after.folds[: fold + 1], before.folds[: fold + 1], strict=True):
        np.testing.assert_array_equal(now.in_sample, then.in_sample)


def test_the_train_part_does_change_the_choice() -> None:
    # the test above could not fail if nothing ever moved
    panel, registered = random_panel(1), entry_of_kind("single", **ROLLING)
    before = walked(registered, panel)
    moved = 0
    for seed in range(20):
        last = before.folds[-1].fold.train[0][1]
        after = walked(registered, changed_from(panel, panel.window_start + last - 20, seed=seed))
        moved += parameters(after)[-1] != parameters(before)[-1]
    assert moved > 0


NEVER_READY = {
    "single": (SMA, {"fast": 5}, {"slow": (20, 100_000)}),
    "legs": (OF_EACH_KIND["legs"][0], OF_EACH_KIND["legs"][1], {"length": (5, 100_000)}),
    "panel": (OF_EACH_KIND["panel"][0], {}, {"length": (5, 100_000)}),
}
"""Grids of which only the first is ever ready: the other trades nothing and has no Sharpe ratio."""


@pytest.mark.parametrize("kind", sorted(NEVER_READY))
@pytest.mark.parametrize("plan", [ROLLING, EXPANDING, K_FOLD], ids=["rolling", "expanding", "k_fold"])
@pytest.mark.parametrize("seed", [3, 4])
def test_a_choice_that_never_changes_is_the_plain_run_of_it(kind: str, plan: dict[str, Any], seed: int) -> None:
    panel = random_panel(seed)
    class_path, given_parameters, grid = NEVER_READY[kind]
    result = walked(entry(class_path, grid, given_parameters, **plan), panel)
    chosen = result.folds[0].chosen
    assert all(judged.chosen == chosen for judged in result.folds)
    assert 100_000 not in chosen.parameters.values()
    tested = replace(panel, window_start=panel.window_start + result.folds[0].fold.test[0])
    cells = cells_of(chosen.strategy, market_of(panel))
    assert cells is not None
    run = run_cells(chosen, cells, tested, risk=TEN_BPS, keep=("returns",))
    portfolio = combine(run.simulation, run.has_bar(tested.window_start), periods_per_year=PERIODS_PER_YEAR)
    np.testing.assert_allclose(result.path.returns, portfolio.returns, rtol=0.0, atol=1e-15)
    np.testing.assert_allclose(result.metrics, portfolio.metrics[: len(FOLD_METRICS)], rtol=1e-12)


def test_in_sample_is_the_plain_run_of_what_was_chosen_on_its_train_part() -> None:
    panel = random_panel(5)
    result = walked(entry_of_kind("single", **ROLLING), panel)
    for judged in result.folds:
        cells = cells_of(judged.chosen.strategy, market_of(panel))
        assert cells is not None
        run = run_cells(judged.chosen, cells, panel, risk=TEN_BPS, keep=("returns",))
        portfolio = combine(run.simulation, run.has_bar(panel.window_start), periods_per_year=PERIODS_PER_YEAR)
        of_train = portfolio.returns[judged.fold.train_bars]
        assert judged.in_sample[FOLD_METRICS.index("total_return")] == pytest.approx(np.prod(1.0 + of_train) - 1.0)
        sharpe = of_train.mean() / of_train.std(ddof=1) * np.sqrt(252.0)
        assert judged.in_sample[FOLD_METRICS.index("sharpe_ratio")] == pytest.approx(sharpe)


def test_the_chosen_one_is_the_best_of_the_grid_in_the_train_part() -> None:
    panel, registered = random_panel(6), entry_of_kind("single", **EXPANDING, criterion="total_return")
    total = FOLD_METRICS.index("total_return")
    result = walked(registered, panel)
    assert len({str(judged.chosen.parameters) for judged in result.folds}) > 1
    for judged in result.folds:
        for combination in registered.combinations():
            cells = cells_of(combination.strategy, market_of(panel))
            assert cells is not None
            run = run_cells(combination, cells, panel, risk=TEN_BPS, keep=("returns",))
            portfolio = combine(run.simulation, run.has_bar(panel.window_start), periods_per_year=PERIODS_PER_YEAR)
            of_train = np.prod(1.0 + portfolio.returns[judged.fold.train_bars]) - 1.0
            assert judged.in_sample[total] >= of_train - 1e-12


def test_weights_of_groups_are_net() -> None:
    # long half in one leg, short half in the other: what is left is only what the two drifted apart
    result = walked(entry_of_kind("legs", **ROLLING), random_panel(7, gaps=0.0))
    assert 0.0 < np.abs(result.weights).max() < 0.2
    assert np.abs(result.path.returns).max() > 0.01


def test_the_highest_wins_and_of_equals_the_first() -> None:
    rises, falls, flat = (Path(np.full(6, gain) * [1, 1, 1, 1, 0, 0], np.zeros(6)) for gain in (0.01, -0.01, 0.0))
    fold = Fold(((0, 4),), (4, 6))
    assert choose(fold, [falls, flat, rises, rises], criterion="total_return") == 2
    assert choose(fold, [flat, falls], criterion="max_drawdown") == 0


def test_an_undefined_criterion_loses_and_where_all_are_undefined_the_first_is_taken() -> None:
    flat = Path(np.zeros(6), np.zeros(6))
    loses = Path(np.array([-0.01, -0.02, 0.01, 0.0, 0.0, 0.0]), np.zeros(6))
    fold = Fold(((0, 4),), (4, 6))
    assert choose(fold, [flat, loses], criterion="sharpe_ratio") == 1
    assert choose(fold, [flat, flat], criterion="sharpe_ratio") == 0


def test_weights_are_stitched_on_the_bars_whose_decisions_are_filled_in_the_test_part() -> None:
    first, second = np.full((1, 9), 1.0), np.full((1, 9), 2.0)
    folds = (Fold(((0, 2),), (2, 4)), Fold(((2, 4),), (4, 6)))
    # the window begins on bar 3: its bars 2 and 3 are bars 5 and 6, decided on bars 4 and 5
    nan = np.nan
    np.testing.assert_array_equal(
        stitch([first, second], folds, window_start=3), [[nan, nan, nan, nan, 1.0, 1.0, 2.0, 2.0, nan]]
    )


def test_a_window_without_a_bar_before_it_has_no_decision_for_its_first() -> None:
    folds = (Fold(((2, 4),), (0, 2)), Fold(((0, 2),), (2, 4)))
    stitched = stitch([np.full((1, 4), 1.0), np.full((1, 4), 2.0)], folds, window_start=0)
    np.testing.assert_array_equal(stitched, [[1.0, 2.0, 2.0, np.nan]])


def test_overlays_apply_in_sample_and_out() -> None:
    panel, _ = up_up_down_up()
    registered = long_or_flat(train_size=3, test_size=3)
    stopped = replace(FREE, by_strategy={"walked": replace(FREE.overlays, stop_loss=0.15)})
    free, cut = walked(registered, panel, FREE), walked(registered, panel, stopped)
    assert cut.path.returns[2] == pytest.approx(0.0)  # the second losing bar of the fold went through the stop
    assert free.path.returns[2] == pytest.approx(-0.1)


def test_a_strategy_without_a_cell_is_not_tested() -> None:
    panel = random_panel(8)
    assert (
        walk_forward(entry_of_kind("single", **ROLLING), replace(panel, is_tradable=~panel.is_tradable), risk=FREE)
        is None
    )


def test_a_window_too_short_for_the_plan_raises() -> None:
    with pytest.raises(BacktestError, match="155 bars are too few for a fold: train_size 504"):
        walk_forward(entry_of_kind("single", train_size=504, test_size=126), random_panel(9), risk=FREE)


def test_a_strategy_without_a_plan_raises() -> None:
    registered = replace(entry_of_kind("single", **ROLLING), walk_forward=None)
    with pytest.raises(StrategyError, match="strategy 'walked' has no walk_forward block"):
        walk_forward(registered, random_panel(9), risk=FREE)


def test_what_is_reported_of_a_part_comes_from_returns_alone() -> None:
    assert set(METRICS) - set(FOLD_METRICS) == {
        "trade_count", "win_rate", "profit_factor", "expected_value", "exposure", "turnover", "costs_paid"
    }  # fmt: skip


def parameters(result: WalkForward) -> list[dict[str, Any]]:
    return [judged.chosen.parameters for judged in result.folds]


def changed_from(panel: ScenarioPanel, bar: int, *, seed: int) -> ScenarioPanel:
    """Return the panel with other prices from a bar on."""
    factor = np.ones(panel.close.shape)
    moves = np.random.default_rng(seed + 1).normal(0.0, 0.05, (panel.close.shape[0], panel.close.shape[1] - bar))
    factor[:, bar:] = np.exp(np.cumsum(moves, axis=1))
    return replace(panel, close=panel.close * factor, open=panel.open * factor)
