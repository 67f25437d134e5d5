"""Weights and moves of an engine's account: put together they are its returns, and they know nothing of the move."""

from __future__ import annotations

import numpy as np
import pytest

from tetra.backtest.engine import simulate
from tetra.errors import DataError
from tetra.luck.held_weights import weights_and_moves

WARM_UP = 5


def _prices(n_rows: int, n_bars: int, *, seed: int, wildness: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    moves = wildness * rng.standard_normal((n_rows, 2 * n_bars))
    path = 100.0 * np.cumprod(1.0 + moves, axis=1)
    return np.ascontiguousarray(path[:, ::2]), np.ascontiguousarray(path[:, 1::2])


@pytest.mark.parametrize("has_opens", [True, False])
@pytest.mark.parametrize("starts", [[0, 1, 2, 3, 4], [0, 2, 4], [0, 4]])
def test_weights_times_moves_are_the_engines_returns(has_opens: bool, starts: list[int]) -> None:
    opens, close = _prices(4, 300, seed=1)
    close[2, 40:43] = np.nan
    opens[2, 40:43] = np.nan
    opens[3, 100] = np.nan
    opens_or_none = opens if has_opens else None
    target = np.random.default_rng(2).choice([-0.3, 0.0, 0.2, 0.4], size=(4, 300))
    account_starts = np.array(starts)
    made = simulate(
        target,
        close,
        open_price=opens_or_none,
        cost_rates=np.zeros(300),
        periods_per_year=252,
        window_start=WARM_UP,
        account_starts=account_starts,
        keep=("returns", "weights"),
    )
    assert made.weights is not None
    assert made.returns is not None
    weights, moves = weights_and_moves(
        made.weights,
        close=close[:, WARM_UP - 1 :],
        open_price=None if opens_or_none is None else opens_or_none[:, WARM_UP - 1 :],
        account_starts=account_starts,
    )
    parts = np.add.reduceat((weights * moves).reshape(2, 4, -1), account_starts[:-1], axis=1)
    both = (1.0 + parts[0]) * (1.0 + parts[1]) - 1.0
    np.testing.assert_allclose(both, made.returns, atol=1e-12)
    np.testing.assert_allclose(parts.sum(axis=0), made.returns, atol=1e-3)  # but for the product of the two parts


def test_what_was_held_at_the_open_does_not_know_the_day() -> None:
    # half of the capital all the time, rebalanced at each open: what it held is 0.5 on good and on bad days
    opens, close = _prices(1, 400, seed=3, wildness=0.05)
    target = np.where(np.arange(400) % 2 == 0, 0.5, 0.5000001)[None, :]
    made = simulate(
        target,
        close,
        open_price=opens,
        cost_rates=np.zeros(400),
        periods_per_year=252,
        window_start=1,
        keep=("weights",),
    )
    assert made.weights is not None
    weights, _ = weights_and_moves(made.weights, close=close, open_price=opens, account_starts=np.array([0, 1]))
    assert np.ptp(made.weights) > 0.02
    np.testing.assert_allclose(weights[1], 0.5, atol=1e-6)


def test_prices_must_begin_one_bar_before_the_weights() -> None:
    with pytest.raises(DataError, match=r"expected \(1, 4\)"):
        weights_and_moves(np.ones((1, 3)), close=np.ones((1, 3)), open_price=None, account_starts=np.array([0, 1]))
