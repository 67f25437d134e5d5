"""How often the verdict is right, in small: made-up markets, few seeds. The full size is a benchmark."""

from __future__ import annotations

import numpy as np
import pytest
from tests.tetra.luck.made import made_market

from tetra.errors import DataError
from tetra.luck.calibration import share_of_oracles_found, share_with_false_skill
from tetra.luck.noise import KINDS, noise_weights, oracle_weights

MARKET = made_market(5, 1500, seed=21)


def test_noise_is_rarely_called_skill() -> None:
    found = share_with_false_skill(MARKET, seeds=range(40), n_strategies=40)
    # at a true share of 5 %, seven or more of 40 come in 1.4 % of the cases
    assert found.count <= 6


def test_a_strong_oracle_is_found_and_a_coin_is_not() -> None:
    assert share_of_oracles_found(MARKET, accuracy=0.62, seeds=range(10), n_strategies=20).value >= 0.8
    assert share_of_oracles_found(MARKET, accuracy=0.50, seeds=range(10), n_strategies=20).value <= 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_of_its_kind(kind: str) -> None:
    weights = noise_weights(kind, (3, 2000), rng=np.random.default_rng(4), is_one_signal=False)
    changes = (np.diff(weights, axis=1) != 0.0).mean()
    assert weights.shape == (3, 2000)
    assert (weights.min() < 0.0) == (kind == "long_short")
    assert (weights.max() > 1.0) == (kind == "levered")
    assert (changes < 0.02) == (kind == "low_turnover")


def test_noise_may_follow_one_signal_for_all() -> None:
    weights = noise_weights("long_flat", (3, 500), rng=np.random.default_rng(4), is_one_signal=True)
    assert (weights == weights[0]).all()


def test_an_oracle_is_right_as_often_as_it_says() -> None:
    returns = np.random.default_rng(1).standard_normal(20_000)
    weights = oracle_weights(returns, accuracy=0.6, rng=np.random.default_rng(2))
    # deviation of the share: root of 0.24 / 20,000 = 0.0035
    assert (weights * returns > 0.0).mean() == pytest.approx(0.6, abs=0.014)


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(DataError, match="did you mean 'long_flat'"):
        noise_weights("long_flatt", (1, 10), rng=np.random.default_rng(1), is_one_signal=True)
