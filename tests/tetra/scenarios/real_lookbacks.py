"""Lookbacks of the sample source as of a calm and a crisis date, and the log returns of paths made from them."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import date

import numpy as np
from tests.tetra.scenarios.real_histories import sample_history

from tetra.data.prices import FIELDS
from tetra.scenarios.bootstrap import draw_blocks
from tetra.scenarios.lookback import Lookback, select
from tetra.typing import FloatArray, IntArray

CALM, CRISIS = date(2017, 12, 29), date(2009, 3, 31)


@functools.cache
def real_lookback(as_of: date) -> Lookback:
    """The last 504 sessions of the sample source as known at a date."""
    history = sample_history()
    known = history.sessions <= np.datetime64(as_of)
    cut = {field: getattr(history, field)[:, known] for field in FIELDS}
    selected, _ = select(replace(history, sessions=history.sessions[known], **cut), days=504)
    assert selected is not None
    assert selected.is_tradable.sum() >= 20
    return selected


def block_draws(paths: int, *, days: int = 504, sessions: int = 252, seed: int = 1) -> IntArray:
    """Draws of many paths in blocks of 20 days."""
    rng = np.random.default_rng(seed)
    return np.stack([draw_blocks(days, sessions, block_length=20, rng=rng) for _ in range(paths)])


def path_log_returns(lookback: Lookback, closes: FloatArray) -> FloatArray:
    """Log returns of the tradable series of paths, from the last close on."""
    start = np.broadcast_to(lookback.last_close[None, :, None], (*closes.shape[:2], 1))
    levels = np.concatenate([start, closes], axis=2)[:, lookback.is_tradable]
    return np.diff(np.log(levels), axis=2)
