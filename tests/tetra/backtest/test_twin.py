"""The compiled engine and its plain-Python twin agree on any input, and what must hold for every account does."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tetra.backtest.columns import METRICS
from tetra.backtest.engine import Simulation, simulate
from tetra.backtest.overlays import SIZING_METHODS, Financing, Overlays, Sizing
from tetra.backtest.trades import EXIT_REASONS
from tetra.backtest.twin_metrics import simulate_one
from tetra.backtest.twin_parts import Trade

BARS = 40
PANEL = 8
"""Most instruments of an account where panels are meant too."""


@st.composite
def accounts(
    draw: st.DrawFn,
    *,
    weights: tuple[float, ...] = (-1.5, -1.0, 0.0, 0.3, 1.0, 2.0),
    most_legs: int = 3,
    has_overlays: bool = True,
    has_interest: bool = True,
) -> dict[str, Any]:
    """Random walks with gaps, ends, a few prices that are not positive, costs that vary by day, and all options."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    legs = draw(st.lists(st.integers(1, most_legs), min_size=1, max_size=3))
    shape = (sum(legs), draw(st.integers(2, BARS)))
    close = 50.0 * np.exp(np.cumsum(draw(st.sampled_from([0.01, 0.05, 0.3])) * rng.standard_normal(shape), axis=1))
    opens = close * np.exp(0.02 * rng.standard_normal(shape))
    high, low = np.maximum(opens, close) * 1.02, np.minimum(opens, close) / 1.02
    for values in (close, opens):
        values[rng.random(shape) < draw(st.sampled_from([0.0, 0.0, 0.02]))] *= -1.0
    for values in (close, opens, high, low):
        values[rng.random(shape) < draw(st.sampled_from([0.0, 0.1, 0.5]))] = np.nan
    for row in range(shape[0]):  # listed late, delisted early
        start, end = sorted(draw(st.tuples(st.integers(0, shape[1]), st.integers(0, shape[1]))))
        if draw(st.booleans()):
            close[row, :start] = close[row, end:] = np.nan
    wanted = rng.choice(np.array([*weights, np.nan]), size=shape)
    stays = rng.random(shape) < draw(st.sampled_from([0.0, 0.8, 1.0]))
    for bar in range(1, shape[1]):
        wanted[:, bar] = np.where(stays[:, bar], wanted[:, bar - 1], wanted[:, bar])
    return {
        "target_weights": wanted,
        "close": close,
        "open_price": draw(st.sampled_from([opens, None])),
        "high": draw(st.sampled_from([high, None])),
        "low": draw(st.sampled_from([low, None])),
        "cost_rates": draw(st.sampled_from([0.0, 0.001, 0.05])) * rng.random(shape[1]),
        "window_start": draw(st.integers(0, shape[1] - 1)),
        "periods_per_year": draw(st.sampled_from([252.0, 365.0])),
        "account_starts": np.cumsum([0, *legs]),
        "overlays": draw(overlays()) if has_overlays else Overlays(),
        "financing": draw(financings()) if has_interest else Financing(),
    }


@st.composite
def overlays(draw: st.DrawFn) -> Overlays:
    limits = [draw(st.sampled_from([None, *choices])) for choices in ([0.03, 0.2], [0.05, 0.3], [0.4, 1.2], [0.1, 0.5])]
    sizing = Sizing(
        method=draw(st.sampled_from(SIZING_METHODS)),
        fraction=draw(st.sampled_from([0.5, 1.0, 1.3])),
        annual_volatility=draw(st.sampled_from([0.1, 0.5])),
        lookback=draw(st.sampled_from([2, 7])),
        cap=draw(st.sampled_from([0.8, 1.5])),
        tolerance=draw(st.sampled_from([0.0, 0.2])),
    )
    return Overlays(*limits, sizing=draw(st.sampled_from([Sizing(), sizing])))


def financings() -> st.SearchStrategy[Financing]:
    return st.builds(Financing, borrow_bps=st.sampled_from([0.0, 500.0]), cash_bps=st.sampled_from([0.0, 300.0, -50.0]))


def run(account: dict[str, Any], **changed: Any) -> Simulation:
    return simulate(**{**account, **changed})


def rows_of(account: dict[str, Any], place: int) -> slice:
    return slice(*account["account_starts"][place : place + 2].tolist())


def part_of(account: dict[str, Any], rows: slice) -> dict[str, Any]:
    names = ("target_weights", "close", "open_price", "high", "low")
    rest = {name: value for name, value in account.items() if name not in (*names, "account_starts")}
    return rest | {name: None if account[name] is None else account[name][rows] for name in names}


@settings(max_examples=400, deadline=None)
@given(accounts())
def test_the_kernel_equals_its_twin(account: dict[str, Any]) -> None:
    made = run(account, keep=("returns", "weights", "trades"))
    for place in range(account["account_starts"].size - 1):
        rows = rows_of(account, place)
        twin = simulate_one(**part_of(account, rows))
        assert tuple(made.lives[place]) == twin.life
        np.testing.assert_allclose(made.returns[place], twin.returns, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(made.weights[rows], twin.weights, rtol=1e-8, atol=1e-10)
        assert list(twin.metrics) == list(METRICS)
        # ratios of returns that are rounding but for an interest of 1e-5 agree less well than the returns do
        np.testing.assert_allclose(made.metrics[place], list(twin.metrics.values()), rtol=1e-6, atol=1e-7)
        compare_trades(made.trades[made.trades["account"] == place], twin.trades)


def compare_trades(listed: np.ndarray, expected: list[Trade]) -> None:
    assert [EXIT_REASONS[code] for code in listed["exit_reason"]] == [trade.reason for trade in expected]
    for name in ("entry_bar", "exit_bar", "direction"):
        assert listed[name].tolist() == [getattr(trade, name) for trade in expected]
    for name in ("entry_price", "exit_price", "opened_with", "closed_with"):
        np.testing.assert_allclose(listed[name], [getattr(trade, name) for trade in expected], rtol=1e-8, atol=1e-12)


@settings(max_examples=200, deadline=None)
@given(
    accounts(most_legs=1, has_overlays=False),
    st.sampled_from([METRICS, ("sharpe_ratio", "max_drawdown", "skew", "cagr")]),
)
def test_the_short_way_equals_the_kernel_with_every_rule(account: dict[str, Any], metrics: tuple[str, ...]) -> None:
    # keeping trades takes the long way; few metrics leave out the bars on which nothing is held
    short, long = run(account, metrics=metrics), run(account, metrics=metrics, keep=("trades",))
    np.testing.assert_allclose(short.metrics, long.metrics, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(short.ledgers, long.ledgers, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(short.lives, long.lives)
    kept, long = run(account, keep=("returns",)), run(account, keep=("returns", "trades"))
    np.testing.assert_allclose(kept.returns, long.returns, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(kept.benchmark_returns, long.benchmark_returns, rtol=1e-9, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(accounts())
def test_the_trade_list_agrees_with_the_counts(account: dict[str, Any]) -> None:
    made = run(account, keep=("trades",))
    closed = made.trades[made.trades["exit_bar"] >= 0]
    gains = closed["closed_with"] - closed["opened_with"]
    for place, (count, wins) in enumerate(made.ledgers[:, :2]):
        assert (closed["account"] == place).sum() == count
        assert (gains[closed["account"] == place] > 0.0).sum() == wins
    still_open = made.trades[made.trades["exit_bar"] < 0]
    assert np.unique(still_open["account"]).size == still_open.size
    assert (still_open["exit_reason"] == EXIT_REASONS.index("open_at_end")).all()


@settings(max_examples=100, deadline=None)
@given(accounts(most_legs=1), st.floats(0.0, 0.02))
def test_costs_never_raise_equity(account: dict[str, Any], rate: float) -> None:
    # but for a drawdown halt, which costs can bring on before a larger loss
    account["overlays"] = dataclasses.replace(account["overlays"], max_drawdown=None)
    n_bars = account["close"].shape[1]
    free, cheap, dear = (run(account, cost_rates=np.full(n_bars, times * rate)) for times in (0.0, 1.0, 2.0))
    for better, worse in ((free, cheap), (cheap, dear)):
        assert not (worse.metric("total_return") > better.metric("total_return") + 1e-9).any()
    assert not (cheap.metric("costs_paid") < 0.0).any()


@settings(max_examples=100, deadline=None)
@given(accounts(most_legs=PANEL, has_overlays=False), st.floats(0.0, 0.02))
def test_costs_never_raise_the_equity_of_legs_and_panels(account: dict[str, Any], rate: float) -> None:
    # on bars that are whole: what is filled after the rest is a smaller part after costs, and may be one that loses
    for name in ("close", "open_price"):
        if account[name] is not None:
            account[name] = np.where(account[name] > 0.0, account[name], 50.0)
    n_bars = account["close"].shape[1]
    free, cheap, dear = (run(account, cost_rates=np.full(n_bars, times * rate)) for times in (0.0, 1.0, 2.0))
    for better, worse in ((free, cheap), (cheap, dear)):
        assert (worse.metric("total_return") <= better.metric("total_return") + 1e-9).all()
        assert (worse.metric("costs_paid") >= 0.0).all()


@settings(max_examples=100, deadline=None)
@given(accounts(most_legs=PANEL))
def test_doubling_all_prices_changes_nothing(account: dict[str, Any]) -> None:
    names = ("close", "open_price", "high", "low")
    doubled = run(account, **{name: 2.0 * account[name] for name in names if account[name] is not None})
    np.testing.assert_array_equal(doubled.metrics, run(account).metrics)


@settings(max_examples=100, deadline=None)
@given(accounts())
def test_an_account_is_traded_alike_alone_and_among_others(account: dict[str, Any]) -> None:
    together = run(account)
    for place in range(account["account_starts"].size - 1):
        rows = rows_of(account, place)
        starts = np.array([0, rows.stop - rows.start])
        alone = simulate(**part_of(account, rows), account_starts=starts)
        # one instrument goes the short way where all accounts have one, and sums in another order there
        np.testing.assert_allclose(alone.metrics[0], together.metrics[place], rtol=1e-9, atol=1e-12)


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
    names = ("close", "open_price", "high", "low", "target_weights")
    changed = {name: account[name].copy() for name in names if account[name] is not None}
    for values in changed.values():
        values[:, cut:] *= np.random.default_rng(seed).uniform(0.2, 5.0, size=values[:, cut:].shape)
    changed["target_weights"][:, cut:] *= -0.5
    keep = ("returns", "weights")
    before, after = run(account, keep=keep), run(account, keep=keep, **changed)
    n_past = max(cut - account["window_start"], 0)
    np.testing.assert_array_equal(after.returns[:, :n_past], before.returns[:, :n_past])
    np.testing.assert_array_equal(after.weights[:, :n_past], before.weights[:, :n_past])


@settings(max_examples=200, deadline=None)
@given(accounts(most_legs=PANEL))
def test_a_halted_account_stays_flat(account: dict[str, Any]) -> None:
    limit = 0.1
    account["overlays"] = dataclasses.replace(account["overlays"], max_drawdown=limit)
    made = run(account, keep=("returns", "weights"))
    has_bar = ~np.isnan(account["close"][:, account["window_start"] :])
    for place, returns in enumerate(made.returns):
        rows = rows_of(account, place)
        equity = np.cumprod(1.0 + returns)
        peak = np.maximum.accumulate(np.maximum(equity, 1.0))
        halted = np.flatnonzero((equity <= peak * (1.0 - limit - 1e-12)) & has_bar[rows].any(axis=0))
        for row in range(rows.start, rows.stop) if halted.size else ():
            own = np.flatnonzero(has_bar[row])  # each is sold on its own next bar
            flat_from = own[own > halted[0]][:1]
            np.testing.assert_array_equal(made.weights[row, flat_from[0] :] if flat_from.size else 0.0, 0.0)


@settings(max_examples=100, deadline=None)
@given(accounts(most_legs=1, has_overlays=False, has_interest=False))
def test_weight_one_without_costs_is_buy_and_hold(account: dict[str, Any]) -> None:
    n_bars = account["close"].shape[1]
    held = run(account, target_weights=np.ones_like(account["close"]), cost_rates=np.zeros(n_bars), keep=("returns",))
    np.testing.assert_allclose(held.returns, held.benchmark_returns, rtol=1e-9, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(accounts(), st.lists(st.sampled_from(METRICS), min_size=1, max_size=4, unique=True))
def test_a_metric_is_the_same_whatever_else_is_asked_for(account: dict[str, Any], names: list[str]) -> None:
    every, some = run(account), run(account, metrics=names)
    assert some.metric_names == tuple(names)
    for name in names:
        # few metrics leave out the bars on which nothing is held, and add what is left in another order
        np.testing.assert_allclose(some.metric(name), every.metric(name), rtol=1e-9, atol=1e-12)


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
