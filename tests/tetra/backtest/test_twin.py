"""The compiled engine and its plain-Python twin agree on any input, and what must hold for every account does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tetra.backtest.columns import METRICS
from tetra.backtest.engine import Simulation, simulate
from tetra.backtest.twin import simulate_one

BARS = 40


@st.composite
def accounts(draw: st.DrawFn, *, weights: tuple[float, ...] = (-1.5, -1.0, 0.0, 0.3, 1.0, 2.0)) -> dict[str, Any]:
    """Random walks with gaps, a few prices that are not positive, costs that vary by day."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 3)), draw(st.integers(2, BARS)))
    close = 50.0 * np.exp(np.cumsum(draw(st.sampled_from([0.01, 0.05, 0.3])) * rng.standard_normal(shape), axis=1))
    opens = close * np.exp(0.02 * rng.standard_normal(shape))
    close[rng.random(shape) < draw(st.sampled_from([0.0, 0.0, 0.02]))] *= -1.0
    opens[rng.random(shape) < draw(st.sampled_from([0.0, 0.0, 0.02]))] *= -1.0
    close[rng.random(shape) < draw(st.sampled_from([0.0, 0.1, 0.5]))] = np.nan
    opens[rng.random(shape) < draw(st.sampled_from([0.0, 0.2, 1.0]))] = np.nan
    wanted = rng.choice(np.array([*weights, np.nan]), size=shape)
    stays = rng.random(shape) < draw(st.sampled_from([0.0, 0.8]))
    for bar in range(1, shape[1]):
        wanted[:, bar] = np.where(stays[:, bar], wanted[:, bar - 1], wanted[:, bar])
    return {
        "target_weights": wanted,
        "close": close,
        "open_price": draw(st.sampled_from([opens, None])),
        "cost_rates": draw(st.sampled_from([0.0, 0.001, 0.05])) * rng.random(shape[1]),
        "window_start": draw(st.integers(0, shape[1] - 1)),
        "periods_per_year": draw(st.sampled_from([252.0, 365.0])),
    }


def run(account: dict[str, Any], **changed: Any) -> Simulation:
    return simulate(**{**account, **changed})


@settings(max_examples=300, deadline=None)
@given(accounts())
def test_the_kernel_equals_its_twin(account: dict[str, Any]) -> None:
    made = run(account)
    opens = account["open_price"]
    for row, close in enumerate(account["close"]):
        twin = simulate_one(
            account["target_weights"][row],
            close,
            cost_rates=account["cost_rates"],
            periods_per_year=account["periods_per_year"],
            open_price=None if opens is None else opens[row],
            window_start=account["window_start"],
        )
        assert list(twin) == list(METRICS)
        np.testing.assert_allclose(made.metrics[row], list(twin.values()), rtol=1e-8, atol=1e-10)


@settings(max_examples=100, deadline=None)
@given(accounts(), st.floats(0.0, 0.02))
def test_costs_never_raise_equity(account: dict[str, Any], rate: float) -> None:
    # positions without leverage or short side: there a cost can save an account from a larger loss
    account["target_weights"] = np.clip(account["target_weights"], 0.0, 1.0)
    assume((np.nan_to_num(account["close"], nan=1.0) > 0.0).all())
    opens = account["open_price"]
    assume(opens is None or (np.nan_to_num(opens, nan=1.0) > 0.0).all())
    free = run(account, cost_rates=np.zeros(account["close"].shape[1]))
    cheap = run(account, cost_rates=np.full(account["close"].shape[1], rate))
    dear = run(account, cost_rates=np.full(account["close"].shape[1], 2.0 * rate))
    assert (cheap.metric("total_return") <= free.metric("total_return") + 1e-12).all()
    assert (dear.metric("total_return") <= cheap.metric("total_return") + 1e-12).all()
    assert (cheap.metric("costs_paid") >= 0.0).all()


@settings(max_examples=100, deadline=None)
@given(accounts())
def test_doubling_all_prices_changes_nothing(account: dict[str, Any]) -> None:
    opens = account["open_price"]
    doubled = run(account, close=2.0 * account["close"], open_price=None if opens is None else 2.0 * opens)
    np.testing.assert_array_equal(doubled.metrics, run(account).metrics)


@settings(max_examples=100, deadline=None)
@given(accounts())
def test_a_series_is_traded_alike_alone_and_among_others(account: dict[str, Any]) -> None:
    together = run(account)
    opens = account["open_price"]
    for row in range(account["close"].shape[0]):
        alone = run(
            account,
            target_weights=account["target_weights"][row : row + 1],
            close=account["close"][row : row + 1],
            open_price=None if opens is None else opens[row : row + 1],
        )
        np.testing.assert_array_equal(alone.metrics[0], together.metrics[row])


@settings(max_examples=100, deadline=None)
@given(accounts())
def test_the_weight_of_the_last_bar_moves_nothing(account: dict[str, Any]) -> None:
    # it would be filled on a bar that is not there
    changed = account["target_weights"].copy()
    changed[:, -1] = 1.0
    np.testing.assert_array_equal(run(account, target_weights=changed).metrics, run(account).metrics)


@settings(max_examples=100, deadline=None)
@given(accounts(), st.integers(0, BARS), st.integers(0, 2**32 - 1))
def test_a_changed_future_moves_no_past_return(account: dict[str, Any], cut: int, seed: int) -> None:
    changed = {name: account[name].copy() for name in ("close", "target_weights")}
    future = changed["close"][:, cut:]
    future *= np.random.default_rng(seed).uniform(0.2, 5.0, size=future.shape)
    changed["target_weights"][:, cut:] *= -0.5
    before, after = run(account, keep_returns=True).returns, run(account, keep_returns=True, **changed).returns
    assert before is not None
    assert after is not None
    n_past = max(cut - account["window_start"], 0)
    np.testing.assert_array_equal(after[:, :n_past], before[:, :n_past])


@settings(max_examples=100, deadline=None)
@given(accounts())
def test_weight_one_without_costs_is_buy_and_hold(account: dict[str, Any]) -> None:
    n_bars = account["close"].shape[1]
    held = run(account, target_weights=np.ones_like(account["close"]), cost_rates=np.zeros(n_bars), keep_returns=True)
    assert held.returns is not None
    assert held.benchmark_returns is not None
    np.testing.assert_allclose(held.returns, held.benchmark_returns, rtol=1e-9, atol=1e-12)


def test_inputs_are_left_as_they_were() -> None:
    rng = np.random.default_rng(0)
    close = 50.0 + rng.random((2, 30))
    weights = rng.choice([0.0, 1.0], size=(2, 30))
    kept = close.copy(), weights.copy()
    simulate(weights, close, cost_rates=np.zeros(30), periods_per_year=252)
    np.testing.assert_array_equal(close, kept[0])
    np.testing.assert_array_equal(weights, kept[1])


def test_two_runs_agree_to_the_bit() -> None:
    rng = np.random.default_rng(1)
    close = np.exp(np.cumsum(0.01 * rng.standard_normal((500, 252)), axis=1))
    weights = rng.choice([-1.0, 0.0, 1.0], size=close.shape)
    arguments = {"cost_rates": np.full(252, 0.001), "periods_per_year": 252}
    first, second = (simulate(weights, close, **arguments).metrics for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_the_benchmark_rule_of_the_engine_comparison_is_reproduced() -> None:
    # SMA 20/50 with 10 bps by a plain loop over whole equity, as DESIGN section 8 compares engines
    close = 100.0 * np.exp(np.cumsum(0.015 * np.random.default_rng(7).standard_normal(600)))
    fast = np.convolve(close, np.ones(20) / 20)[: close.size]
    slow = np.convolve(close, np.ones(50) / 50)[: close.size]
    weights = np.where(np.arange(close.size) >= 49, fast > slow, False).astype(np.float64)
    cash, units = 1.0, 0.0
    for bar in range(1, close.size):
        if weights[bar - 1] == 1.0 and units == 0.0:
            cash, units = 0.0, cash / (close[bar] * 1.001)
        elif weights[bar - 1] == 0.0 and units > 0.0:
            cash, units = units * close[bar] * 0.999, 0.0
    made = simulate(weights[None], close[None], cost_rates=np.full(close.size, 0.001), periods_per_year=252)
    assert made.metric("total_return")[0] == pytest.approx(cash + units * close[-1] - 1.0, rel=1e-9)
