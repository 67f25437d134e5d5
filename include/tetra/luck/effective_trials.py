"""How many different things were tried: trials that rise and fall together count as one.

The rule. Trials are joined by average linkage on the distance ``1 - correlation`` of their timing returns, and the tree
is cut at 0.5: two clusters are one while their members correlate above 0.5 on average (half of a correlation is where
two trials share more than they differ: knowing one halves the deviation of the other). A trial and its mirror image are
two: either could have been the best. Trials of the ledger that are no longer run have no returns; they are taken to
cluster as those that are.

References
----------
.. [1] Lopez de Prado and Lewis (2019), "Detection of false investment strategies using unsupervised learning methods",
   Quantitative Finance 19(9), 1555-1565: clusters as trials; the fixed cut here has no random start and one answer.
"""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from threadpoolctl import threadpool_limits

from tetra.typing import FloatArray, IntArray

LEAST_CORRELATION = 0.5
"""Mean correlation between two clusters above which they are one."""


def cluster_labels(timing_returns: FloatArray) -> IntArray:
    """Return which cluster each trial belongs to, numbered from 1.

    Parameters
    ----------
    timing_returns : ndarray of shape (n_days, n_trials)
        Finite, each with volatility.
    """
    n_trials = timing_returns.shape[1]
    if n_trials < 2:
        return np.ones(n_trials, dtype=np.int64)
    with threadpool_limits(limits=1):  # sums in another order could join other clusters on another machine
        correlation = np.corrcoef(timing_returns, rowvar=False)
    distance = np.clip(1.0 - correlation, 0.0, 2.0)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), method="average")
    return np.asarray(fcluster(tree, t=1.0 - LEAST_CORRELATION, criterion="distance"), dtype=np.int64)


def effective_trials(labels: IntArray, *, n_ever: int) -> float:
    """Return the effective number of all trials ever made.

    Parameters
    ----------
    labels : ndarray of int, shape (n_trials,)
        Clusters of those that are run now.
    n_ever : int
        Trials in the ledger; one that is not in it yet counts all the same.

    Returns
    -------
    float
        At least 1.
    """
    if labels.size == 0:
        return 1.0
    return float(np.unique(labels).size * max(n_ever, labels.size) / labels.size)


def trial_variance(sharpe_ratios: FloatArray, *, n_periods: float) -> float:
    """Return the variance of trials' Sharpe ratios, per period.

    Parameters
    ----------
    sharpe_ratios : ndarray of shape (n_trials,)
        Per period.
    n_periods : float
        On which they were measured.

    Notes
    -----
    Never below ``1 / (n_periods - 1)``, what chance alone gives independent trials: near copies of one strategy vary
    less than that among each other, which would make the best of many look good too easily.
    """
    by_chance = 1.0 / (n_periods - 1.0)
    return max(float(np.var(sharpe_ratios, ddof=1)), by_chance) if sharpe_ratios.size > 1 else by_chance
