"""Strategies made to be judged: ones that know nothing, and one that knows the sign of its own next return.

They are no part of any assessment; ``calibration`` measures the verdict on them.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from tetra.errors import DataError, unknown_value
from tetra.typing import FloatArray

KINDS = ("long_flat", "long_short", "levered", "low_turnover")
"""Of noise: long or flat; long or short; long or flat with 1.5 to 3 times the capital; long or flat for months."""

FAST_HOLDING = (2.0, 20.0)
"""Range of the mean sessions between changes."""

SLOW_HOLDING = (60.0, 250.0)

TIME_INVESTED = (0.3, 0.9)
"""Range of the share of sessions on which a strategy is long."""


def noise_weights(kind: str, shape: tuple[int, int], *, rng: Generator, is_one_signal: bool) -> FloatArray:
    """Return the weights of a strategy that draws its decisions.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    shape : tuple of int
        Rows and days.
    rng : Generator
    is_one_signal : bool
        Whether all rows follow one signal (it times the market) or each its own (most of it averages out).

    Raises
    ------
    DataError
        If there is no such kind.
    """
    if kind not in KINDS:
        raise DataError(unknown_value("kind of noise", kind, KINDS))
    n_rows, n_days = shape
    holding = rng.uniform(*(SLOW_HOLDING if kind == "low_turnover" else FAST_HOLDING))
    share = rng.uniform(*TIME_INVESTED)
    drawn = (1 if is_one_signal else n_rows, n_days)
    changes = rng.random(drawn) < 1.0 / holding
    changes[:, 0] = True
    decided_on = np.maximum.accumulate(np.where(changes, np.arange(n_days), 0), axis=1)
    is_long = np.take_along_axis(rng.random(drawn) < share, decided_on, axis=1)
    size = rng.uniform(1.5, 3.0) if kind == "levered" else 1.0
    weights = np.where(is_long, size, -1.0 if kind == "long_short" else 0.0)
    return np.broadcast_to(weights, shape)


def oracle_weights(returns: FloatArray, *, accuracy: float, rng: Generator) -> FloatArray:
    """Return the weights, 1 or -1, of a strategy that is told the sign of each return, and told right so often.

    Parameters
    ----------
    returns : ndarray of shape (n_days,)
        That its weights of the same day will earn.
    accuracy : float
        Probability of being told right, each day on its own.
    rng : Generator
    """
    is_right = rng.random(returns.shape) < accuracy
    return np.where(is_right, 1.0, -1.0) * np.where(returns >= 0.0, 1.0, -1.0)
