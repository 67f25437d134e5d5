"""Hierarchical risk parity: by hand, against the snippets of the book, and against skfolio on the same tree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform
from tests.tetra.strategies.calendar_twin import begins_period
from tests.tetra.strategies.rule_contract import walk_block

from tetra.strategies.hierarchical_risk_parity import (
    HierarchicalRiskParity,
    bisected_weights,
    quasi_diagonal_order,
    risk_parity_weights,
    sample_covariance,
)
from tetra.strategies.price_block import from_close

FACTORS = 3


def correlated_returns(n_symbols: int, n_bars: int, *, seed: int) -> np.ndarray:
    """Returns of shape (n_symbols, n_bars) with common factors and unequal volatilities."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n_symbols, FACTORS)) @ rng.standard_normal((FACTORS, n_bars))
    scale = np.linspace(0.002, 0.02, n_symbols)[rng.permutation(n_symbols), None]
    returns: np.ndarray = scale * (common + rng.standard_normal((n_symbols, n_bars)))
    return returns


# the book's snippets 16.1 to 16.4, on data frames as there


def book_order(link: np.ndarray) -> list[int]:
    link = link.astype(int)
    items = pd.Series([link[-1, 0], link[-1, 1]])
    n_items = link[-1, 3]
    while items.max() >= n_items:
        items.index = range(0, items.shape[0] * 2, 2)
        clusters = items[items >= n_items]
        places, rows = clusters.index, clusters.to_numpy() - n_items
        items[places] = link[rows, 0]
        items = pd.concat([items, pd.Series(link[rows, 1], index=places + 1)]).sort_index()
        items.index = range(items.shape[0])
    return [int(item) for item in items]


def book_variance(covariance: pd.DataFrame, members: list[int]) -> float:
    part = covariance.loc[members, members].to_numpy()
    weights = 1.0 / np.diag(part)
    weights /= weights.sum()
    return float(weights @ part @ weights)


def book_weights(returns: np.ndarray) -> np.ndarray:
    frame = pd.DataFrame(returns.T)
    covariance, correlation = frame.cov(), frame.corr()
    distance = ((1.0 - correlation) / 2.0) ** 0.5
    order = book_order(hierarchy.linkage(distance.to_numpy(), "single", metric="euclidean"))
    weights = pd.Series(1.0, index=order)
    clusters = [order]
    while clusters:
        halves = [half for c in clusters if len(c) > 1 for half in (c[: len(c) // 2], c[len(c) // 2 :])]
        clusters = halves
        for left, right in zip(halves[::2], halves[1::2], strict=True):
            risks = book_variance(covariance, left), book_variance(covariance, right)
            to_left = 1.0 - risks[0] / (risks[0] + risks[1])
            weights[left] *= to_left
            weights[right] *= 1.0 - to_left
    return weights.sort_index().to_numpy()


@pytest.mark.filterwarnings("ignore:The symmetric non-negative hollow observation matrix")  # the book means it so
@pytest.mark.parametrize(("n_symbols", "n_bars"), [(2, 30), (3, 30), (10, 60), (37, 252), (60, 20)])
def test_weights_are_those_of_the_book(n_symbols: int, n_bars: int) -> None:
    for seed in range(3):
        returns = correlated_returns(n_symbols, n_bars, seed=seed)
        weights = risk_parity_weights(sample_covariance(returns))
        np.testing.assert_allclose(weights, book_weights(returns), rtol=1e-9)


def test_weights_are_those_of_skfolio_when_it_is_given_the_distances_of_the_paper() -> None:
    from skfolio.cluster import HierarchicalClustering, LinkageMethod
    from skfolio.distance import BaseDistance, PearsonDistance
    from skfolio.optimization import HierarchicalRiskParity as Independent
    from skfolio.seriation import HierarchicalSeriation

    class BetweenColumns(BaseDistance):
        """Euclidean distances between the columns of Pearson's distances; skfolio stops at the latter."""

        def __init__(self) -> None:
            pass

        def fit(self, X: np.ndarray, y: None = None) -> BetweenColumns:
            of_pearson = PearsonDistance().fit(X)
            self.codependence_ = of_pearson.codependence_
            self.distance_ = squareform(pdist(of_pearson.distance_))
            return self

    single = HierarchicalClustering(linkage_method=LinkageMethod.SINGLE, max_clusters=2)
    seriation = HierarchicalSeriation(hierarchical_clustering_estimator=single, optimal_ordering=False)
    for seed in range(3):
        returns = correlated_returns(25, 252, seed=seed)
        independent = Independent(distance_estimator=BetweenColumns(), seriation_estimator=seriation)
        weights = risk_parity_weights(sample_covariance(returns))
        np.testing.assert_allclose(weights, independent.fit(returns.T).weights_, rtol=1e-9)


def test_four_symbols_by_hand() -> None:
    # two pairs, correlation 0.8 within and 0 between; variances 1, 1 and 4, 4. The variance of a pair in equal parts
    # is 0.9 of its own: 0.9 and 3.6, so 0.8 goes to the calm pair and 0.2 to the other, in equal parts each
    covariance = np.array([[1.0, 0.0, 0.8, 0.0], [0.0, 4.0, 0.0, 3.2], [0.8, 0.0, 1.0, 0.0], [0.0, 3.2, 0.0, 4.0]])
    assert sorted(quasi_diagonal_order(covariance)[:2].tolist()) in ([0, 2], [1, 3])
    np.testing.assert_allclose(risk_parity_weights(covariance), [0.4, 0.1, 0.4, 0.1], rtol=1e-12)


def test_without_correlation_it_is_inverse_variance() -> None:
    variances = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    inverse = 1.0 / variances
    np.testing.assert_allclose(risk_parity_weights(np.diag(variances)), inverse / inverse.sum(), rtol=1e-12)


def test_the_covariance_is_that_of_numpy() -> None:
    returns = correlated_returns(40, 100, seed=4)
    np.testing.assert_allclose(sample_covariance(returns), np.cov(returns), rtol=1e-10, atol=1e-18)


def test_symbols_that_move_as_one_or_cancel_out_share_in_halves() -> None:
    one = correlated_returns(1, 50, seed=5)[0]
    np.testing.assert_allclose(risk_parity_weights(sample_covariance(np.array([one, one]))), [0.5, 0.5])
    opposed = np.kron(np.diag([1.0, 4.0]), np.array([[1.0, -1.0], [-1.0, 1.0]]))
    np.testing.assert_array_equal(bisected_weights(opposed, np.arange(4)), [0.25] * 4)


def test_weights_are_positive_and_sum_to_one_with_more_symbols_than_bars() -> None:
    weights = risk_parity_weights(sample_covariance(correlated_returns(153, 63, seed=6)))
    assert weights.min() > 0.0
    assert weights.sum() == pytest.approx(1.0, rel=1e-12)


def test_a_rebalance_weighs_the_look_back_alone_in_the_order_of_names() -> None:
    prices = walk_block(130, seed=7, n_series=12)
    rule = HierarchicalRiskParity(lookback=50, rebalance_every=20)
    weights = rule.target_weights(prices)
    by_name = sorted(range(12), key=lambda row: prices.symbols[row])  # WALK10 before WALK2
    rebalances = [50, *(np.flatnonzero((weights[:, 51:] != weights[:, 50:-1]).any(axis=0)) + 51).tolist()]
    assert rebalances == [50, *(bar for bar in range(51, 130) if begins_period(prices, bar, every=20))]
    for bar in rebalances:
        closes = prices.close[by_name, bar - 50 : bar + 1]
        expected = risk_parity_weights(np.cov(closes[:, 1:] / closes[:, :-1] - 1.0))
        np.testing.assert_allclose(weights[by_name, bar], expected, rtol=1e-9)


def test_a_price_that_stands_still_gets_nothing() -> None:
    prices = walk_block(60, seed=9, n_series=3)
    closes = np.concatenate([prices.close, np.full((1, 60), 7.0)])
    rule = HierarchicalRiskParity(lookback=50)
    weights = rule.target_weights(from_close(closes))
    np.testing.assert_array_equal(weights[3, 50:], 0.0)
    np.testing.assert_array_equal(weights[:3], rule.target_weights(from_close(prices.close.copy())))
    np.testing.assert_array_equal(rule.target_weights(from_close(closes[3:]))[0, 50:], 0.0)
