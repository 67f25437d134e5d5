"""Correlation overrides: all symbols closer together, or two blocks of them set against each other.

References
----------
.. [1] Rebonato and Jäckel (2000), "The most general methodology to create a valid correlation matrix for risk
   management and option pricing purposes", Journal of Risk 2(2): the spectral method, clipped eigenvalues and
   rescaled rows.
"""

from __future__ import annotations

import numpy as np

from tetra.errors import ScenarioError
from tetra.typing import FloatArray

NEGLIGIBLE = 1e-10
"""Share of the largest eigenvalue, or of a vector's length, below which there is only rounding."""


def nearest_correlation(matrix: FloatArray) -> FloatArray:
    """Return a correlation matrix near a symmetric one: positive semi-definite, with a diagonal of 1.

    Parameters
    ----------
    matrix : ndarray of shape (n_series, n_series)
        Symmetric, finite, with a positive diagonal.

    Notes
    -----
    Negative eigenvalues are set to 0 and rows rescaled [1]_. A matrix that is a correlation matrix comes back as it
    is, but for rounding.
    """
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2.0)
    positive = (vectors * np.maximum(values, 0.0)) @ vectors.T
    scale = np.sqrt(np.diag(positive))
    corrected: FloatArray = positive / np.outer(scale, scale)
    np.fill_diagonal(corrected, 1.0)
    return corrected


def mean_correlation(correlation: FloatArray, signs: FloatArray) -> float:
    """Return the mean over pairs of aligned correlations, ``signs[i] * signs[j] * correlation[i, j]``."""
    aligned = signs @ correlation @ signs
    count = signs.size
    return float((aligned - count) / (count * (count - 1)))


def raised_correlation(correlation: FloatArray, signs: FloatArray, target: float) -> FloatArray:
    """Return a correlation matrix drawn towards perfect alignment until its mean is the target.

    Parameters
    ----------
    correlation : ndarray of shape (n_series, n_series)
    signs : ndarray of shape (n_series,)
        1 for series that move with the market, -1 for those that move against it (bonds in a flight to safety): the
        latter are drawn towards -1 with the former.
    target : float
        Mean of aligned pairs, below 1. A matrix that has it or more comes back as it is: stress ties markets
        together, it does not loosen them.
    """
    now = mean_correlation(correlation, signs)
    share = (target - now) / (1.0 - now) if now < target else 0.0
    return nearest_correlation((1.0 - share) * correlation + share * np.outer(signs, signs))


def recolour(noise: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
    """Return noise of one correlation with another, each day from itself alone.

    Parameters
    ----------
    noise : ndarray of shape (n_series, n_sessions)
        Standardised per series, correlated as ``before``.
    before, after : ndarray of shape (n_series, n_series)
        Correlation matrices.

    Notes
    -----
    Multiplied by ``after ** 0.5 @ before ** -0.5``, symmetric roots: of all matrices that do it, near the one that
    moves the series least. Directions in which ``before`` has no variance have no noise to colour.
    """
    values, vectors = np.linalg.eigh(before)
    is_real = values > NEGLIGIBLE * values[-1]
    whitening = (vectors[:, is_real] / np.sqrt(values[is_real])) @ vectors[:, is_real].T
    values, vectors = np.linalg.eigh(after)
    colouring = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    coloured: FloatArray = colouring @ (whitening @ noise)
    return coloured


def set_correlation(first: FloatArray, second: FloatArray, target: float, *, rng: np.random.Generator) -> FloatArray:
    """Return the second series with the target as its exact correlation with the first; mean and deviation stay.

    Parameters
    ----------
    first, second : ndarray of shape (n_sessions,)
        At least 3 sessions; the first must vary.
    target : float
        Between -1 and 1.
    rng : Generator
        Used only where the second series has no part of its own.

    Raises
    ------
    ScenarioError
        If the first series does not vary: nothing correlates with it.

    Notes
    -----
    The part of the second that the first does not explain is orthogonal to it; the two are mixed as ``target`` and
    ``(1 - target ** 2) ** 0.5``.
    """
    along = first - first.mean()
    length = np.linalg.norm(along)
    if first.size < 3 or length <= NEGLIGIBLE * max(np.abs(first).max(), NEGLIGIBLE):
        raise ScenarioError(f"{first.size} returns that do not vary have no correlation; shock 3 sessions or more")
    along = along / length
    centred = second - second.mean()
    deviation = np.linalg.norm(centred)
    across = _orthogonal(centred, along)
    if np.linalg.norm(across) <= NEGLIGIBLE * deviation:
        across = _orthogonal(rng.standard_normal(second.size), along)
    across = _orthogonal(across / np.linalg.norm(across), along)  # once more: what rounding left of `along`
    across = across / np.linalg.norm(across)
    moved: FloatArray = second.mean() + deviation * (target * along + (1.0 - target**2) ** 0.5 * across)
    return moved


def _orthogonal(series: FloatArray, along: FloatArray) -> FloatArray:
    centred = series - series.mean()
    rest: FloatArray = centred - float(centred @ along) * along
    return rest
