"""Stops, halts, sizing and interest, on accounts that can be followed by hand; no costs unless said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tetra.backtest.engine import Simulation, simulate
from tetra.backtest.overlays import Financing, Overlays, Sizing
from tetra.backtest.trades import EXIT_REASONS

NAN = np.nan


def trade(weights: list[float], close: list[float], *, rate: float = 0.0, **options: Any) -> Simulation:
    fields = {name: np.array([options.pop(name)]) for name in ("open_price", "high", "low") if name in options}
    arguments = {"cost_rates": np.full(len(close), rate), "periods_per_year": 252.0} | fields | options
    return simulate(np.array([weights]), np.array([close]), keep=("returns", "weights", "trades"), **arguments)


def returns_of(made: Simulation) -> Any:
    assert made.returns is not None
    return pytest.approx(made.returns[0].tolist())


def exits(made: Simulation) -> list[tuple[int, float, str]]:
    assert made.trades is not None
    return [(row["exit_bar"], row["exit_price"], EXIT_REASONS[row["exit_reason"]]) for row in made.trades]


LONG = [1.0] * 4
STOP = Overlays(stop_loss=0.1)
TRAIL = Overlays(trailing_stop=0.1)


def test_a_stop_within_the_bar_is_filled_at_its_level() -> None:
    # bought at the open of bar 1, 100: the stop is at 90; bar 2 falls to 85, bar 3 is not traded
    made = trade(
        LONG,
        [100.0, 100.0, 95.0, 120.0],
        open_price=[100.0, 100.0, 98.0, 95.0],
        high=[100.0, 101.0, 99.0, 120.0],
        low=[100.0, 99.0, 85.0, 95.0],
        overlays=STOP,
    )
    assert returns_of(made) == [0.0, 0.0, -0.1, 0.0]
    assert exits(made) == [(2, 90.0, "stop_loss")]


def test_a_stop_that_the_bar_opens_beyond_is_filled_at_the_open() -> None:
    made = trade(
        LONG,
        [100.0, 100.0, 95.0, 120.0],
        open_price=[100.0, 100.0, 80.0, 95.0],
        high=[100.0, 101.0, 99.0, 120.0],
        low=[100.0, 99.0, 75.0, 95.0],
        overlays=STOP,
    )
    assert returns_of(made) == [0.0, 0.0, -0.2, 0.0]
    assert exits(made) == [(2, 80.0, "stop_loss")]


def test_a_short_position_is_stopped_by_the_high() -> None:
    # short from 100: the stop is at 110; half is short, so a tenth against it costs 0.05
    made = trade(
        [-0.5] * 3,
        [100.0, 100.0, 95.0],
        open_price=[100.0, 100.0, 98.0],
        high=[100.0, 101.0, 112.0],
        low=[100.0, 99.0, 95.0],
        overlays=STOP,
    )
    assert returns_of(made) == [0.0, 0.0, -0.05]
    assert exits(made) == [(2, pytest.approx(110.0), "stop_loss")]


def test_the_bar_of_an_entry_at_its_open_can_stop_it() -> None:
    made = trade(
        LONG[:3],
        [100.0, 105.0, 105.0],
        open_price=[100.0, 100.0, 105.0],
        high=[100.0, 106.0, 106.0],
        low=[100.0, 85.0, 104.0],
        overlays=STOP,
    )
    assert returns_of(made) == [0.0, -0.1, 0.0]


def test_the_range_of_a_bar_at_whose_close_a_position_begins_stops_nothing() -> None:
    # bar 1 has no open: bought at its close, 100, after its fall to 85
    made = trade(
        LONG[:3],
        [100.0, 100.0, 105.0],
        open_price=[100.0, NAN, 100.0],
        high=[100.0, 106.0, 106.0],
        low=[100.0, 85.0, 99.0],
        overlays=STOP,
    )
    assert returns_of(made) == [0.0, 0.0, 0.05]


def test_without_a_range_the_close_is_judged_and_the_next_bar_filled() -> None:
    # 88 is below 90: sold at the open of bar 3, 92
    made = trade(LONG, [100.0, 100.0, 88.0, 70.0], open_price=[100.0, 100.0, 99.0, 92.0], overlays=STOP)
    assert returns_of(made) == [0.0, 0.0, -0.12, 92.0 / 88.0 - 1.0]
    assert exits(made) == [(3, 92.0, "stop_loss")]


def test_a_trailing_stop_follows_the_best_price_of_earlier_bars() -> None:
    # bar 2 rises to 150 and falls to 120, in an order nobody knows: its level is still 90 % of 100.
    # bar 3: 90 % of 150 is 135, met on the way to 130
    made = trade(
        LONG,
        [100.0, 100.0, 140.0, 138.0],
        open_price=[100.0, 100.0, 100.0, 140.0],
        high=[100.0, 100.0, 150.0, 141.0],
        low=[100.0, 100.0, 120.0, 130.0],
        overlays=TRAIL,
    )
    assert returns_of(made) == [0.0, 0.0, 0.4, 135.0 / 140.0 - 1.0]
    assert exits(made) == [(3, 135.0, "trailing_stop")]


def test_a_stop_that_is_off_is_not_met_after_a_price_below_zero() -> None:
    # sold short at 100, the stop at 110; -37, which oil once cost, is the best price of a short, but no stop trails it
    made = trade(
        [-1.0] * 4,
        [100.0, 100.0, -37.0, 95.0],
        open_price=[100.0, 100.0, 99.0, 90.0],
        high=[100.0, 101.0, 99.0, 99.0],
        overlays=STOP,
    )
    assert exits(made) == [(-1, pytest.approx(NAN, nan_ok=True), "open_at_end")]
    assert returns_of(made) == [0.0, 0.0, 1.37, 1.05 / 2.37 - 1.0]


def test_after_a_stop_only_a_new_decision_opens_again() -> None:
    # stopped at the close of bar 2, out on bar 3; the decision of bar 4 differs, so bar 5 buys half at 100
    made = trade([1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5], [100.0, 100.0, 80.0, 90.0, 95.0, 100.0, 110.0], overlays=STOP)
    assert returns_of(made) == [0.0, 0.0, -0.2, 0.125, 0.0, 0.0, 0.05]
    assert exits(made)[0] == (3, 90.0, "stop_loss")


def test_a_decision_that_leaves_goes_before_the_stop_of_the_same_close() -> None:
    made = trade([1.0, 1.0, 0.0, 0.0], [100.0, 100.0, 80.0, 90.0], overlays=STOP)
    assert exits(made) == [(3, 90.0, "signal")]


def test_a_halted_account_is_closed_on_the_next_bar_for_good() -> None:
    # 79 is 21 % below the peak of 1: sold at 85; the decisions after that are not heard
    made = trade(
        [1.0, 1.0, 1.0, 0.5, 1.0, 1.0],
        [100.0, 100.0, 79.0, 90.0, 95.0, 100.0],
        open_price=[100.0, 100.0, 100.0, 85.0, 90.0, 95.0],
        overlays=Overlays(max_drawdown=0.2),
    )
    assert returns_of(made) == [0.0, 0.0, -0.21, 85.0 / 79.0 - 1.0, 0.0, 0.0]
    assert exits(made) == [(3, 85.0, "drawdown_halt")]


def test_a_fall_short_of_the_halt_halts_nothing() -> None:
    made = trade(LONG, [100.0, 100.0, 81.0, 90.0], overlays=Overlays(max_drawdown=0.2))
    assert exits(made) == [(-1, pytest.approx(NAN, nan_ok=True), "open_at_end")]


def test_stops_pay_costs_like_any_fill() -> None:
    # 1 / 1.01 is bought at 100; at 90 it is worth 0.9 / 1.01, of which 1 % is taken
    made = trade(
        LONG[:3],
        [100.0, 100.0, 95.0],
        rate=0.01,
        open_price=[100.0, 100.0, 98.0],
        high=[100.0, 101.0, 99.0],
        low=[100.0, 99.0, 85.0],
        overlays=STOP,
    )
    assert made.metric("total_return")[0] == pytest.approx(0.9 / 1.01 * 0.99 - 1.0)
    assert made.metric("costs_paid")[0] == pytest.approx(1.0 - 1.0 / 1.01 + 0.01 * 0.9 / 1.01)


def test_borrowing_is_paid_on_the_value_of_the_last_close() -> None:
    # 2520 bps over 252 bars is 0.001 a bar: of 1 after bar 1, of 1.1 after bar 2, where equity is 1 - 0.001 - 0.1
    made = trade([-1.0] * 4, [100.0, 100.0, 110.0, 110.0], financing=Financing(borrow_bps=2520.0))
    assert returns_of(made) == [0.0, 0.0, -0.101, -0.0011 / 0.899]
    assert made.metric("costs_paid")[0] == 0.0


def test_idle_cash_earns_from_the_first_bar_on() -> None:
    made = trade([0.0] * 3, [100.0] * 3, financing=Financing(cash_bps=2520.0))
    assert returns_of(made) == [0.001] * 3


def test_proceeds_of_a_short_sale_earn_nothing_and_leverage_pays() -> None:
    financing = Financing(cash_bps=2520.0)
    # bar 1 earns on 1. Short: cash is twice the equity, half of it proceeds. Long twice: cash is minus the equity
    short = trade([-1.0] * 3, [100.0] * 3, financing=financing)
    assert returns_of(short) == [0.001] * 3
    levered = trade([2.0] * 3, [100.0] * 3, financing=financing)
    assert returns_of(levered) == [0.001, 0.001, -0.001]


def sized(sizing: Sizing, close: list[float], weights: list[float] | None = None, **options: Any) -> Any:
    wanted = [1.0] * len(close) if weights is None else weights
    made = trade(wanted, close, overlays=Overlays(sizing=sizing, **options), periods_per_year=1.0)
    assert made.weights is not None
    return pytest.approx(made.weights[0].tolist())


def test_a_fixed_fraction_is_ordered_and_clipped() -> None:
    assert sized(Sizing(fraction=0.5), [100.0] * 3, [1.0, -0.6, 0.0]) == [0.0, 0.5, -0.3]
    assert sized(Sizing(fraction=0.5), [100.0] * 3, [1.0, -0.6, 0.0], max_position=0.4) == [0.0, 0.4, -0.3]


def test_a_volatility_target_divides_by_the_deviation_of_past_returns() -> None:
    # returns 0.1 and -0.1 deviate by the root of 0.02; half of that is aimed at. Filled on bar 3 at 99
    sizing = Sizing("volatility_target", annual_volatility=0.5 * 0.02**0.5, lookback=2, cap=2.0)
    assert sized(sizing, [100.0, 110.0, 99.0, 99.0]) == [0.0, 0.0, 0.0, 0.5]


def test_kelly_bets_mean_over_variance_and_at_most_the_cap() -> None:
    # returns 0.1 and 0.3: mean 0.2, variance 0.02, so ten times capital; a twentieth of that
    close = [100.0, 110.0, 143.0, 143.0]
    assert sized(Sizing("kelly", fraction=0.05, lookback=2), close) == [0.0, 0.0, 0.0, 0.5]
    assert sized(Sizing("kelly", fraction=0.5, lookback=2, cap=0.8), close) == [0.0, 0.0, 0.0, 0.8]
    # a falling price is worth nothing to a long bet, and to a short one as much as a rising one to a long
    falling = [100.0, 90.0, 63.0, 63.0]
    assert sized(Sizing("kelly", fraction=0.05, lookback=2), falling) == [0.0, 0.0, 0.0, 0.0]
    assert sized(Sizing("kelly", fraction=0.05, lookback=2), falling, [-1.0] * 4) == [0.0, 0.0, 0.0, -0.5]


def test_a_multiple_is_traded_on_only_beyond_its_tolerance() -> None:
    # deviations 0.1414 and, a bar later, of -0.1 and 0.2: 0.2121; the multiple falls from 0.5 by a third.
    # ordered on bar 2 and filled on bar 3; ordered anew on bar 3 and filled on bar 4, or not
    close = [100.0, 110.0, 99.0, 118.8, 118.8]
    target = 0.5 * 0.02**0.5
    wide = Sizing("volatility_target", annual_volatility=target, lookback=2, tolerance=0.4)
    assert sized(wide, close) == [0.0, 0.0, 0.0, 0.5, 0.5]
    narrow = Sizing("volatility_target", annual_volatility=target, lookback=2, tolerance=0.3)
    assert sized(narrow, close) == [0.0, 0.0, 0.0, 0.5, 1.0 / 3.0]
