"""A shock over the sessions of a window: builds up, stays at its height, recovers.

All of it is linear in time: a build-up of n sessions makes 1/n of the shock on each, a recovery takes back its share
in equal parts. A named fall is the fall: what the base path itself does over build-up and recovery is taken out of the
factor (a bridge), so that its days keep their ups and downs but end where the profile says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.scenarios.stress_settings import Profile
from tetra.typing import FloatArray


@dataclass(frozen=True)
class Phases:
    """The columns of a window that a profile's phases take; what lies beyond the window is cut off."""

    build_up: slice
    recovery: slice
    active: slice
    is_cut: bool


def phases(profile: Profile, sessions: int) -> Phases:
    """Return the phases of a profile in a window of so many sessions; ``active`` is build-up and peak."""
    built = profile.onset + profile.build_up
    calming = built + profile.peak
    calm = calming + profile.recovery
    return Phases(
        build_up=slice(min(profile.onset, sessions), min(built, sessions)),
        recovery=slice(min(calming, sessions), min(calm, sessions)),
        active=slice(min(profile.onset, sessions), min(calming, sessions)),
        is_cut=calm > sessions,
    )


def daily_shares(profile: Profile, sessions: int) -> FloatArray:
    """Return the share of a shock that happens on each session, shape (n_sessions,); negative while it recovers."""
    spans = phases(profile, sessions)
    shares = np.zeros(sessions)
    shares[spans.build_up] = 1.0 / profile.build_up
    shares[spans.recovery] = -profile.recovered / profile.recovery
    return shares


def tension(profile: Profile, sessions: int) -> FloatArray:
    """Return how tense a market is on each session, 0 to 1: up with the build-up, down to 0 with the recovery.

    Unlike prices, which need not come back, fear does.
    """
    steps = np.zeros(sessions)
    spans = phases(profile, sessions)
    steps[spans.build_up] = 1.0 / profile.build_up
    steps[spans.recovery] = -1.0 / profile.recovery
    return np.clip(np.cumsum(steps), 0.0, 1.0)


def multiplier(value: float, profile: Profile, sessions: int) -> FloatArray:
    """Return a multiplier per session, shape (n_sessions,): ``value`` while the shock is active, else 1."""
    values = np.ones(sessions)
    values[phases(profile, sessions).active] = value
    return values


def bridged_moves(base_moves: FloatArray, shock: float, profile: Profile) -> FloatArray:
    """Return what to add to a factor's daily moves so that build-up, peak and recovery come to the shock's.

    Parameters
    ----------
    base_moves : ndarray of shape (n_sessions,)
        The factor's log moves on the base path.
    shock : float
        Log move over the build-up.
    profile : Profile

    Returns
    -------
    ndarray of shape (n_sessions,)
    """
    moves = shock * daily_shares(profile, base_moves.size)
    spans = phases(profile, base_moves.size)
    peak = slice(spans.build_up.stop, spans.recovery.start)
    for span in (spans.build_up, peak, spans.recovery):
        if span.stop > span.start:
            moves[span] -= base_moves[span].mean()
    return moves
