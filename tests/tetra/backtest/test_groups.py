"""Accounts of several instruments, and how long an account lives, followed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tetra.backtest.engine import Simulation, simulate
from tetra.backtest.overlays import Overlays
from tetra.backtest.trades import EXIT_REASONS
from tetra.errors import BacktestError

NAN = np.nan


def trade(weights: list[list[float]], close: list[list[float]], *, rate: float = 0.0, **options: Any) -> Simulation:
    arguments = {
        "cost_rates": np.full(len(close[0]), rate),
        "periods_per_year": 252.0,
        "account_starts": np.array([0, len(close)]),
        "keep": ("returns", "weights", "trades"),
    } | options
    return simulate(np.array(weights), np.array(close), **arguments)


def returns_of(made: Simulation) -> Any:
    assert made.returns is not None
    return pytest.approx(made.returns[0].tolist())


def weights_of(made: Simulation) -> list[list[float]]:
    assert made.weights is not None
    return made.weights.tolist()


def test_both_legs_are_sized_by_the_equity_left_after_all_costs() -> None:
    # E + 0.01 * (0.5 E + 0.5 E) = 1, so 1 / 1.01 is left, half of it in each leg
    made = trade([[0.5, 0.5], [-0.5, -0.5]], [[10.0, 10.0], [20.0, 20.0]], rate=0.01)
    assert made.metric("total_return")[0] == pytest.approx(1.0 / 1.01 - 1.0)
    assert made.metric("turnover")[0] == pytest.approx(1.0 / 1.01)
    assert weights_of(made) == [pytest.approx([0.0, 0.5]), pytest.approx([0.0, -0.5])]


def test_a_switch_pays_for_what_is_sold_and_what_is_bought() -> None:
    # all in A at 10 on bar 1; on bar 2 A is worth 1.5: E + 0.01 * (1.5 + E) = 1.5 gives 1.485 / 1.01
    made = trade([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]], [[10.0, 10.0, 15.0], [20.0, 20.0, 20.0]])
    assert made.metric("total_return")[0] == pytest.approx(0.5)
    dear = trade(
        [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]],
        [[10.0, 10.0, 15.0], [20.0, 20.0, 20.0]],
        cost_rates=np.array([0.0, 0.0, 0.01]),
    )
    assert dear.metric("total_return")[0] == pytest.approx(1.485 / 1.01 - 1.0)
    assert dear.metric("trade_count")[0] == 1.0


def test_a_changed_leg_brings_all_legs_back_to_their_weights() -> None:
    # A doubles to 2/3 of capital; on bar 3 B's decision is new, and A is cut back to its half beside it
    made = trade([[0.5] * 4, [0.5, 0.5, 0.4, 0.4]], [[10.0, 10.0, 20.0, 20.0], [10.0, 10.0, 10.0, 10.0]])
    assert weights_of(made) == [pytest.approx([0.0, 0.5, 2.0 / 3.0, 0.5]), pytest.approx([0.0, 0.5, 1.0 / 3.0, 0.4])]


def test_a_leg_without_a_bar_waits_and_counts_at_its_last_close() -> None:
    # B is missing on bar 1: bought on bar 2 with half of the equity of that bar, 1 + 0.5 (A has doubled)
    made = trade([[0.5] * 4, [0.5] * 4], [[10.0, 10.0, 20.0, 20.0], [10.0, NAN, 10.0, 20.0]])
    assert returns_of(made) == [0.0, 0.0, 0.5, 0.5]
    # E of bar 2 is 0.5 + 1, half of it in B
    assert [row[2] for row in weights_of(made)] == pytest.approx([2.0 / 3.0, 0.5])


def test_an_account_stands_still_on_a_day_without_any_bar() -> None:
    made = trade([[0.5] * 4, [0.5] * 4], [[10.0, 10.0, NAN, 20.0], [10.0, 10.0, NAN, 10.0]])
    assert returns_of(made) == [0.0, 0.0, 0.0, 0.5]
    assert [row[2] for row in weights_of(made)] == pytest.approx([0.5, 0.5])


def test_a_trade_of_legs_lasts_while_one_keeps_its_side() -> None:
    # bar 2 drops B, bar 3 turns to B alone: A kept its side through the first fill and not through the second
    made = trade([[0.5, 0.5, 0.0, 0.0], [0.5, 0.0, 1.0, 1.0]], [[10.0] * 4, [10.0] * 4])
    assert made.trades is not None
    told = [(row["entry_bar"], row["exit_bar"], EXIT_REASONS[row["exit_reason"]]) for row in made.trades]
    assert told == [(1, 3, "signal"), (3, -1, "open_at_end")]
    assert np.isnan(made.trades["entry_price"]).all()


def test_the_stop_of_legs_judges_the_equity_of_the_account() -> None:
    # A falls by half: equity 0.75 at the close of bar 2 is below 0.8; closed on bar 3 at 6 and 10: 0.3 + 0.5
    made = trade([[0.5] * 5, [0.5] * 5], [[10.0, 10.0, 5.0, 6.0, 9.0], [10.0] * 5], overlays=Overlays(stop_loss=0.2))
    assert returns_of(made) == [0.0, 0.0, -0.25, 0.8 / 0.75 - 1.0, 0.0]
    assert made.trades is not None
    assert EXIT_REASONS[made.trades["exit_reason"][0]] == "stop_loss"


def test_buy_and_hold_of_a_group_is_bought_once_and_drifts() -> None:
    # both doubled or halved from 0.5: 1.25 after bar 2; then A alone falls by half: 1.0 to 0.5
    made = trade([[0.0] * 4, [0.0] * 4], [[10.0, 10.0, 20.0, 10.0], [10.0, 10.0, 5.0, 5.0]])
    assert made.benchmark_returns is not None
    assert made.benchmark_returns[0] == pytest.approx([0.0, 0.0, 0.25, -0.5 / 1.25])


def test_a_panel_that_buys_once_earns_nothing_over_buy_and_hold() -> None:
    close = (100.0 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 0.03, (4, 300)), axis=1))).tolist()
    made = trade([[0.25] * 300] * 4, close)
    assert made.metric("excess_return")[0] == pytest.approx(0.0, abs=1e-12)
    assert made.metric("beta")[0] == pytest.approx(1.0)


def test_buy_and_hold_is_shared_out_anew_when_one_joins() -> None:
    # A is bought on bar 1, at 11; B, without that bar, on bar 2 at 12: half each; on bar 3 A has ended, B is up by half
    made = trade([[0.0] * 4, [0.0] * 4], [[10.0, 11.0, 11.0, NAN], [10.0, NAN, 12.0, 18.0]], window_start=1)
    assert made.benchmark_returns is not None
    assert made.benchmark_returns[0] == pytest.approx([0.0, 0.0, 0.25])


def test_an_instrument_that_ends_is_sold_and_others_are_not_bought_with_it() -> None:
    # equity 0.5 + 1.0 when B ends; on bar 3 its 1.0 becomes cash; on bar 4 all of it buys A
    close = [[10.0] * 6, [10.0, 10.0, 20.0, NAN, NAN, NAN]]
    made = trade([[0.5, 0.5, 0.5, 1.0, 1.0, 1.0], [0.5] * 6], close, rate=0.0)
    told = weights_of(made)
    assert told[0] == pytest.approx([0.0, 0.5, 0.5 / 1.5, 0.5 / 1.5, 1.0, 1.0])
    assert told[1] == pytest.approx([0.0, 0.5, 1.0 / 1.5, 0.0, 0.0, 0.0])
    costly = trade([[0.0] * 6, [1.0] * 6], close, rate=0.01)
    # bought on bar 1 for 1 / 1.01, doubled, sold on bar 3 less 1 %
    assert 1.0 + costly.metric("total_return")[0] == pytest.approx(2.0 / 1.01 * 0.99)
    assert costly.trades is not None
    assert [(row["exit_bar"], EXIT_REASONS[row["exit_reason"]]) for row in costly.trades] == [(3, "series_ended")]


def test_an_account_lives_from_its_first_bar_to_its_last() -> None:
    # listed on bar 2 of the window, delisted after bar 4: three sessions, of which two earn 0.1 each
    made = trade([[1.0] * 7], [[NAN, NAN, 10.0, 10.0, 11.0, NAN, NAN]])
    assert made.lives.tolist() == [[2, 5]]
    assert made.metric("total_return")[0] == pytest.approx(0.1)
    assert made.metric("annualized_mean_return")[0] == pytest.approx(0.1 / 3.0 * 252.0)
    assert made.metric("exposure")[0] == pytest.approx(2.0 / 3.0)


def test_bars_before_the_window_let_an_account_live_from_its_start() -> None:
    made = trade([[1.0] * 4], [[10.0, NAN, 10.0, 11.0]], window_start=1)
    assert made.lives.tolist() == [[0, 3]]


def test_without_a_bar_in_the_window_there_is_nothing_to_tell() -> None:
    made = trade([[1.0] * 4], [[10.0, NAN, NAN, NAN]], window_start=1)
    assert made.lives.tolist() == [[0, 0]]
    assert made.metric("trade_count")[0] == 0.0
    assert np.isnan(np.delete(made.metrics[0], made.metric_names.index("trade_count"))).all()


def test_orders_that_together_cost_more_than_they_hold_are_refused() -> None:
    with pytest.raises(BacktestError, match=r"a weight of 60\.0 at a cost of 0\.01 would cost more than it holds"):
        trade([[60.0, 60.0], [-60.0, -60.0]], [[10.0, 10.0], [20.0, 20.0]], rate=0.01)


@pytest.mark.parametrize("starts", [[0, 1], [1, 2], [0, 0, 2], [0, 2, 1], [2]])
def test_accounts_must_share_out_the_rows(starts: list[int]) -> None:
    with pytest.raises(BacktestError, match="account_starts is"):
        trade([[1.0, 1.0]] * 2, [[10.0, 10.0]] * 2, account_starts=np.array(starts))
