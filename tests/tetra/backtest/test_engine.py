"""The engine's rules, on accounts that can be followed by hand; costs are 1 % where there are any."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tetra.backtest.columns import METRICS
from tetra.backtest.engine import Simulation, simulate
from tetra.errors import BacktestError

NAN = np.nan


def trade(
    weights: list[float],
    close: list[float],
    *,
    opens: list[float] | None = None,
    rate: float = 0.0,
    window_start: int = 0,
) -> Simulation:
    return simulate(
        np.array([weights]),
        np.array([close]),
        open_price=None if opens is None else np.array([opens]),
        cost_rates=np.full(len(close), rate),
        periods_per_year=252,
        window_start=window_start,
        keep=("returns",),
    )


def returns_of(made: Simulation) -> list[float]:
    assert made.returns is not None
    return made.returns[0].tolist()


def value(made: Simulation, name: str) -> float:
    return float(made.metric(name)[0])


def test_a_weight_is_filled_at_the_next_open() -> None:
    # bought at 12, the open of bar 1; up to 15 at its close
    made = trade([1.0, 1.0], [10.0, 15.0], opens=[10.0, 12.0])
    assert returns_of(made) == pytest.approx([0.0, 0.25])


def test_without_an_open_a_weight_is_filled_at_the_next_close() -> None:
    made = trade([1.0, 1.0, 1.0], [10.0, 12.0, 15.0], opens=[10.0, NAN, 13.0])
    assert returns_of(made) == pytest.approx([0.0, 0.0, 0.25])


def test_the_old_position_earns_the_move_to_the_open_at_which_it_is_left() -> None:
    # held from 10; out at the open of bar 2, 12; the fall to 6 is not suffered
    made = trade([1.0, 0.0, 0.0], [10.0, 10.0, 6.0], opens=[10.0, 10.0, 12.0])
    assert returns_of(made) == pytest.approx([0.0, 0.0, 0.2])


def test_the_last_warm_up_bars_decision_is_filled_on_the_first_window_bar() -> None:
    made = trade([1.0, 1.0, 1.0], [10.0, 20.0, 30.0], opens=[10.0, 16.0, 20.0], window_start=1)
    assert returns_of(made) == pytest.approx([0.25, 0.5])


def test_warm_up_bars_hold_nothing_and_count_in_nothing() -> None:
    made = trade([1.0, 1.0, 0.0, 0.0], [10.0, 20.0, 40.0, 80.0], window_start=3)
    assert returns_of(made) == [0.0]
    assert value(made, "turnover") == 0.0
    assert value(made, "exposure") == 0.0


def test_the_whole_capital_pays_for_position_and_costs() -> None:
    # 1 / 1.01 is invested at 10; sold at 20 for 2 / 1.01, of which 1 % is taken
    made = trade([1.0, 0.0, 0.0], [10.0, 10.0, 20.0], rate=0.01)
    assert value(made, "total_return") == pytest.approx(2.0 / 1.01 * 0.99 - 1.0)
    assert value(made, "costs_paid") == pytest.approx((1.0 - 1.0 / 1.01) + 2.0 / 1.01 * 0.01)
    assert value(made, "trade_count") == 1.0
    assert value(made, "expected_value") == pytest.approx(2.0 / 1.01 * 0.99 - 1.0)
    # traded over equity before each fill: 1 / 1.01 in, everything out
    assert value(made, "turnover") == pytest.approx(1.0 / 1.01 + 1.0)


def test_a_short_position_earns_the_fall() -> None:
    made = trade([-1.0, -1.0, -1.0], [10.0, 10.0, 8.0])
    assert returns_of(made) == pytest.approx([0.0, 0.0, 0.2])


def test_turning_a_position_closes_one_trade_and_opens_another() -> None:
    # long 10 -> 20 gains 1; turned short at 20, bought back at 10: 2 becomes 3
    made = trade([1.0, -1.0, 0.0, 0.0], [10.0, 10.0, 20.0, 10.0])
    assert value(made, "trade_count") == 2.0
    assert value(made, "expected_value") == pytest.approx((1.0 + 0.5) / 2.0)
    assert value(made, "win_rate") == 1.0
    assert math.isnan(value(made, "profit_factor"))


def test_turning_a_position_pays_for_both_legs() -> None:
    # long all: 1/1.01. At 10 again: close costs 1 % of 1/1.01, the rest is shorted net of 1 %
    made = trade([1.0, -1.0, -1.0], [10.0, 10.0, 10.0], rate=0.01)
    assert value(made, "total_return") == pytest.approx(1.0 / 1.01 * 0.99 / 1.01 - 1.0)


def test_a_change_of_size_belongs_to_the_same_trade() -> None:
    made = trade([1.0, 0.5, 0.0, 0.0], [10.0, 10.0, 20.0, 20.0])
    assert value(made, "trade_count") == 1.0
    assert value(made, "expected_value") == pytest.approx(1.0)


def test_between_orders_units_are_held_and_the_weight_drifts() -> None:
    # half at 10, price doubles: 1 of 1.5 is invested, and nothing more was traded
    made = trade([0.5, 0.5, 0.5], [10.0, 10.0, 20.0])
    assert value(made, "turnover") == pytest.approx(0.5)
    assert value(made, "exposure") == pytest.approx((0.0 + 0.5 + 1.0 / 1.5) / 3.0)


def test_an_order_waits_over_a_missing_bar() -> None:
    made = trade([1.0, 1.0, 1.0, 1.0], [10.0, NAN, 20.0, 30.0])
    assert returns_of(made) == pytest.approx([0.0, 0.0, 0.0, 0.5])


def test_a_missing_bar_decides_nothing() -> None:
    # its weight of 0 is ignored: the position bought on bar 1 is still held on bar 3
    made = trade([1.0, 1.0, 0.0, 1.0], [10.0, 10.0, NAN, 20.0])
    assert returns_of(made) == pytest.approx([0.0, 0.0, 0.0, 1.0])
    assert value(made, "trade_count") == 0.0


def test_a_position_is_kept_at_the_last_close_when_a_series_ends() -> None:
    made = trade([1.0, 1.0, 1.0, 1.0], [10.0, 10.0, 15.0, NAN])
    assert returns_of(made) == pytest.approx([0.0, 0.0, 0.5, 0.0])
    # its life is three bars long, on two of which all of it is invested
    assert made.lives.tolist() == [[0, 3]]
    assert value(made, "exposure") == pytest.approx(2.0 / 3.0)


@pytest.mark.parametrize("price", [0.0, -36.98])
def test_no_position_is_opened_at_a_price_that_is_not_positive(price: float) -> None:
    made = trade([1.0, 1.0, 1.0, 1.0], [10.0, price, 10.0, 20.0])
    assert returns_of(made) == pytest.approx([0.0, 0.0, 0.0, 1.0])


def test_a_position_can_be_left_at_a_negative_price() -> None:
    # short from 10 with half: 0.05 units; bought back at -10 (paid to take it): 1.5 - 0.05 * (-10) = 2
    made = trade([-0.5, 0.0, 0.0], [10.0, 10.0, -10.0])
    assert value(made, "total_return") == pytest.approx(1.0)
    assert value(made, "trade_count") == 1.0


def test_losses_end_with_the_capital() -> None:
    made = trade([1.0, 1.0, 1.0, 1.0], [10.0, 10.0, -5.0, 10.0])
    assert returns_of(made) == [0.0, 0.0, -1.0, 0.0]
    assert value(made, "total_return") == -1.0
    assert value(made, "cagr") == -1.0
    assert value(made, "max_drawdown") == -1.0
    assert value(made, "trade_count") == 1.0
    assert value(made, "win_rate") == 0.0
    assert value(made, "exposure") == pytest.approx(0.25)


def test_buy_and_hold_without_costs_is_the_reference() -> None:
    held = trade([1.0] * 4, [10.0, 11.0, 10.0, 12.0], window_start=1)
    assert value(held, "excess_return") == pytest.approx(0.0)
    assert value(held, "beta") == pytest.approx(1.0)
    flat = trade([0.0] * 4, [10.0, 11.0, 10.0, 12.0], window_start=1)
    assert value(flat, "excess_return") == pytest.approx(-(12.0 / 11.0 - 1.0))
    assert value(flat, "beta") == 0.0


def test_warm_up_that_is_not_a_number_means_flat() -> None:
    made = trade([NAN, NAN, 1.0], [10.0, 20.0, 40.0])
    assert returns_of(made) == [0.0, 0.0, 0.0]


def test_a_metric_is_asked_for_by_name() -> None:
    made = trade([0.0, 0.0], [1.0, 1.0])
    assert made.metrics.shape == (1, len(METRICS))
    with pytest.raises(BacktestError, match="unknown metric 'sharpe'; did you mean 'sharpe_ratio'"):
        made.metric("sharpe")


GOOD = np.ones((2, 5))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"close": np.ones(5)}, r"close has shape \(5,\)"),
        ({"close": np.ones((0, 5))}, r"close has shape \(0, 5\)"),
        ({"close": np.asfortranarray(GOOD)}, "close is float64, not C-contiguous"),
        ({"close": GOOD.astype(np.float32)}, "close is float32, not C-contiguous float64"),
        ({"close": np.where(np.eye(2, 5) > 0, np.inf, 1.0)}, r"close is inf at \(0, 0\)"),
        ({"target_weights": np.ones((2, 4))}, r"target_weights has shape \(2, 4\), expected \(2, 5\)"),
        ({"target_weights": np.full((2, 5), -np.inf)}, r"target_weights is -inf at \(0, 0\)"),
        ({"target_weights": np.full((2, 5), 200.0)}, "a weight of 200.0 at a cost of 0.01"),
        ({"open_price": np.ones((1, 5))}, "open_price has shape"),
        ({"cost_rates": np.ones(4)}, "cost_rates has shape"),
        ({"cost_rates": np.array([0.0, -0.1, 0.0, 0.0, 0.0])}, "cost_rates is -0.1 on bar 1"),
        ({"cost_rates": np.array([0.0, NAN, 0.0, 0.0, 0.0])}, "cost_rates is nan on bar 1"),
        ({"window_start": 5}, "window_start is 5"),
        ({"window_start": -1}, "window_start is -1"),
        ({"periods_per_year": 0}, "periods_per_year is 0"),
    ],
)
def test_input_that_must_not_be_simulated_raises_and_is_named(changed: dict[str, object], message: str) -> None:
    arguments = {
        "target_weights": GOOD,
        "close": GOOD,
        "cost_rates": np.full(5, 0.01),
        "periods_per_year": 252,
        **changed,
    }
    with pytest.raises(BacktestError, match=message):
        simulate(**arguments)
