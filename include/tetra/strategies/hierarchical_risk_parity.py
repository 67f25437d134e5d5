"""Hierarchical risk parity: capital is split down a tree of what moves together, to each branch against its variance.

Source: López de Prado (2016), "Building Diversified Portfolios that Outperform Out of Sample", Journal of Portfolio
Management 42(4), 59-69, and snippets 16.1 to 16.4 of "Advances in Financial Machine Learning" (2018): single linkage on
the Euclidean distances between the columns of sqrt((1 - correlation) / 2), quasi-diagonal order, recursive bisection.

Which of two branches comes first follows the rows, so they are in the order of the symbols' names
(``panel_schedule``). Rebalanced monthly; weights move at every rebalance, so each is traded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist

from tetra.compiled import compiled
from tetra.strategies.base import require_parameter
from tetra.strategies.panel_schedule import PanelStrategy
from tetra.strategies.panel_weights import simple_returns
from tetra.typing import FloatArray, IntArray


@dataclass(frozen=True)
class HierarchicalRiskParity(PanelStrategy):
    """Weigh the universe by recursive bisection of its correlation tree; weights are positive and sum to 1.

    Parameters
    ----------
    lookback : int
        Returns in the covariance, at least 2; it may be singular, nothing is inverted.
    """

    category: ClassVar[str] = "panel"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_parameter(self.lookback >= 2, f"lookback must be at least 2 bars; got {self.lookback}")

    def weigh(self, closes: FloatArray) -> FloatArray:
        """Return the tree's weights; a price that stands still gets 0: see ``PanelStrategy.weigh``."""
        covariance = sample_covariance(simple_returns(closes))
        moves = np.diag(covariance) > 0.0
        weights = np.zeros(moves.size)
        if moves.any():
            weights[moves] = risk_parity_weights(covariance[np.ix_(moves, moves)])
        return weights


def risk_parity_weights(covariance: FloatArray) -> FloatArray:
    """Return hierarchical risk parity weights.

    Parameters
    ----------
    covariance : ndarray of shape (n_symbols, n_symbols)
        Of returns, every variance positive, at least one symbol.

    Returns
    -------
    ndarray of shape (n_symbols,)
        Positive, sum 1.
    """
    if covariance.shape[0] == 1:
        return np.ones(1)
    return bisected_weights(np.ascontiguousarray(covariance), quasi_diagonal_order(covariance))


def sample_covariance(returns: FloatArray) -> FloatArray:
    """Return the covariance of returns per bar (``ddof=1``), rows of shape (n_symbols, n_bars).

    Not by BLAS: its threads cost more than they save on matrices this small while strategies run in threads of their
    own (5 ms against 1 ms for 153 symbols), and how many there are must not show in the last digit.
    """
    centred = returns - returns.mean(axis=1, keepdims=True)
    covariance: FloatArray = _products(centred, np.ascontiguousarray(centred.T)) / (returns.shape[1] - 1)
    return covariance


def quasi_diagonal_order(covariance: FloatArray) -> IntArray:
    """Return the symbols in the order of the leaves of their correlation tree: what moves together stands together."""
    deviation = np.sqrt(np.diag(covariance))
    correlation = np.clip(covariance / np.outer(deviation, deviation), -1.0, 1.0)
    np.fill_diagonal(correlation, 1.0)
    distance = np.sqrt((1.0 - correlation) / 2.0)
    order: IntArray = leaves_list(linkage(pdist(distance), method="single")).astype(np.int64)
    return order


@compiled()
def _products(rows: FloatArray, columns: FloatArray) -> FloatArray:
    n = rows.shape[0]
    products = np.zeros((n, n))
    for one in range(n):
        for bar in range(rows.shape[1]):
            value = rows[one, bar]
            for other in range(one + 1):
                products[one, other] += value * columns[bar, other]
        for other in range(one):
            products[other, one] = products[one, other]
    return products


@compiled()
def bisected_weights(covariance: FloatArray, order: IntArray) -> FloatArray:
    """Return weights by halving an order of symbols again and again, each half against the other's variance.

    Parameters
    ----------
    covariance : ndarray of shape (n_symbols, n_symbols)
        C-contiguous, every variance positive.
    order : ndarray of int, shape (n_symbols,)
        The symbols, neighbours alike.

    Returns
    -------
    ndarray of shape (n_symbols,)
        Not negative, sum 1; two halves in which all risk cancels out share alike.
    """
    weights = np.ones(order.size)
    starts, stops = np.zeros(order.size, dtype=np.int64), np.zeros(order.size, dtype=np.int64)
    stops[0] = order.size
    waiting = 1  # spans of the order that are still to be split
    while waiting > 0:
        waiting -= 1
        start, stop = starts[waiting], stops[waiting]
        if stop - start < 2:
            continue
        middle = start + (stop - start) // 2
        left = _cluster_variance(covariance, order[start:middle])
        right = _cluster_variance(covariance, order[middle:stop])
        to_left = right / (left + right) if left + right > 0.0 else 0.5
        for place in range(start, stop):
            weights[order[place]] *= to_left if place < middle else 1.0 - to_left
        starts[waiting], stops[waiting] = start, middle
        starts[waiting + 1], stops[waiting + 1] = middle, stop
        waiting += 2
    return weights


@compiled()
def _cluster_variance(covariance: FloatArray, members: IntArray) -> float:
    # of the members weighted by inverse variance, as the paper does
    total = 0.0
    for member in members:
        total += 1.0 / covariance[member, member]
    variance = 0.0
    for one in members:
        for other in members:
            variance += covariance[one, other] / (covariance[one, one] * covariance[other, other])
    return max(variance / (total * total), 0.0)
