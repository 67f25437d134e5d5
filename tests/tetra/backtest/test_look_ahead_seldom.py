"""The guard's prices hold what seldom happens, so who peeks on such days alone is caught too."""

from __future__ import annotations

import numpy as np
import pytest
from tests.tetra.backtest import peeking, peeking_seldom

from tetra.backtest.audit_prices import audit_blocks
from tetra.backtest.audit_weights import decisions, tolerances
from tetra.backtest.look_ahead import audit
from tetra.strategies.base import Strategy

SELDOM = [
    peeking_seldom.AfterACrash(),
    peeking_seldom.WhenCheap(),
    peeking_seldom.Since2017(),
    peeking_seldom.In2008Only(),
    peeking_seldom.OnVolumeSpikes(),
    peeking_seldom.UndeclaredHigh(),
    peeking_seldom.AfterAFall(),
    peeking_seldom.WhenVixIsHigh(),
    peeking_seldom.TinyWeights(),
    peeking_seldom.EverySixthRebalance(),
    peeking_seldom.PanelAtTheMonthsEnd(),
]


@pytest.mark.parametrize("strategy", SELDOM, ids=lambda strategy: type(strategy).__name__)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_who_peeks_on_few_days_is_caught_one_bar_ahead(strategy: Strategy, seed: int) -> None:
    found = audit(strategy, name="peeking", seed=seed)
    assert found is not None, f"{strategy} peeks and was let through"
    assert found.cut == found.bar + 1, str(found)


@pytest.mark.parametrize("seed", range(5))
def test_the_prices_hold_what_seldom_happens(seed: int) -> None:
    (prices,) = audit_blocks(peeking_seldom.WhenVixIsHigh(), rng=np.random.default_rng(seed))
    returns = peeking_seldom.last_return(prices.close)
    assert (returns < -0.12).sum() >= 5
    assert (returns > 0.12).sum() >= 5
    assert np.nanmin(prices.close) < 5.0
    assert np.nanmax(prices.close) > 200.0
    vix = prices.reference("VIX")
    assert vix.min() >= 9.0
    assert vix.max() > 40.0
    assert vix.max() <= 90.0
    volume = peeking.filled(prices.volume)
    assert (volume > 8.0 * peeking_seldom.mean_of_past(volume, 20)).sum() >= 5
    assert (prices.low <= prices.close)[np.isfinite(prices.close)].all()
    assert (prices.close <= prices.high)[np.isfinite(prices.close)].all()


def test_the_tolerance_is_a_part_of_the_accounts_largest_weight() -> None:
    weights = np.array([[0.5, -2.0, np.nan], [1e-10, 2e-10, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(tolerances(weights, is_one_account=False)[:, 0], [2e-9, 2e-19, 2e-9])
    np.testing.assert_allclose(tolerances(weights, is_one_account=True)[:, 0], 2e-9)


def test_a_missing_bar_is_no_decision() -> None:
    weights = np.array([[np.nan, 1.0, np.nan, 1.0, 0.0, np.nan, 0.0]])
    assert decisions(weights, np.array([[1e-9]])).tolist() == [1, 4]
