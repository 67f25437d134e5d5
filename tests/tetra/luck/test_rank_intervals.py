"""How far ranks move when days are drawn again."""

from __future__ import annotations

import numpy as np
import pytest
from tests.tetra.luck.made import made_returns

from tetra.errors import DataError
from tetra.luck.rank_intervals import rank_intervals


def _intervals(returns: np.ndarray, **options: float) -> np.ndarray:
    return rank_intervals(returns, rng=np.random.default_rng(1), **options)


def test_a_strategy_that_is_always_better_keeps_its_rank() -> None:
    base = np.random.default_rng(2).standard_normal(800) * 0.01
    found = _intervals(np.column_stack([base, base + 0.001, base - 0.001]))
    np.testing.assert_array_equal(found, [[2, 2], [1, 1], [3, 3]])


def test_noise_could_have_any_rank() -> None:
    found = _intervals(np.random.default_rng(3).standard_normal((1000, 20)) * 0.01)
    widths = found[:, 1] - found[:, 0]
    assert widths.mean() > 10.0
    assert (found >= 1.0).all()
    assert (found <= 20.0).all()


def test_more_years_narrow_the_interval_and_more_confidence_widens_it() -> None:
    short, long = _intervals(made_returns(500, 10, seed=4)), _intervals(made_returns(10_000, 10, seed=4))
    assert np.diff(long).mean() < np.diff(short).mean()
    sure = _intervals(made_returns(500, 10, seed=4), confidence_level=0.99)
    assert (sure[:, 0] <= short[:, 0]).all()
    assert (sure[:, 1] >= short[:, 1]).all()


def test_equal_strategies_share_a_rank() -> None:
    one = made_returns(400, 1, seed=5)
    np.testing.assert_array_equal(_intervals(np.hstack([one, one])), [[1.5, 1.5], [1.5, 1.5]])


def test_blocks_keep_days_together() -> None:
    # in turns 10 good days and 10 bad ones: whole turns leave the mean where it is, single days do not
    turns = np.tile(np.repeat([0.01, -0.009], 10), 50)
    steady = np.random.default_rng(6).standard_normal(1000) * 0.01 + 0.0002
    both = np.column_stack([turns, steady])
    whole = rank_intervals(both, rng=np.random.default_rng(1), block_size=20)
    assert not np.isnan(whole).any()
    means = [np.ptp([_drawn_mean(turns, size, seed) for seed in range(200)]) for size in (20, 1)]
    assert means[0] < 1e-12 < means[1]


def _drawn_mean(series: np.ndarray, block_size: int, seed: int) -> float:
    from tetra.luck.rank_intervals import _block_sums

    starts = np.random.default_rng(seed).integers(series.size, size=series.size // block_size)
    return float(_block_sums(series[:, None], block_size)[starts].mean() / block_size)


def test_without_volatility_or_days_there_is_no_interval() -> None:
    returns = made_returns(400, 3, seed=7)
    returns[:, 1] = 0.0
    found = _intervals(returns)
    assert np.isnan(found[1]).all()
    assert found[[0, 2]].max() == 2.0  # two are ranked
    assert np.isnan(_intervals(returns[:200])).all()


def test_a_strategy_is_ranked_on_the_days_it_has() -> None:
    # good on all its 300 days; over the 900 days of the others none would be seen to be worse
    returns = np.random.default_rng(8).standard_normal((900, 3)) * 0.01 + np.array([0.003, 0.0, -0.003])
    returns[:600, 0] = np.nan
    found = _intervals(returns)
    np.testing.assert_array_equal(found, [[1, 1], [2, 2], [3, 3]])
    returns[600:700, 0] = np.nan
    assert np.isnan(_intervals(returns)[0]).all()
    assert _intervals(returns)[1:].max() == 2.0


def test_an_infinite_return_is_refused() -> None:
    with pytest.raises(DataError, match="infinity"):
        _intervals(np.where(np.arange(400)[:, None] == 7, np.inf, made_returns(400, 2, seed=1)))


def test_blocks_longer_than_the_history_are_refused() -> None:
    with pytest.raises(DataError, match="blocks of 500 sessions"):
        _intervals(made_returns(300, 2, seed=1), block_size=500)
