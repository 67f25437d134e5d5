"""Rules of legs in plain Python, on the joint bars, and the made-up legs they are tried on."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np

from tetra.strategies.base import PriceBlock
from tetra.strategies.fly import Fly
from tetra.strategies.pairs_cointegration import PairsCointegration
from tetra.strategies.pairs_distance import PairsDistance
from tetra.strategies.price_block import from_close
from tetra.strategies.switch_relative_strength import SwitchRelativeStrength

PAIR, THREE = (("A", "B"),), (("A", "B", "C"),)
WEEK = 5
Rows = list[list[float]]


def wandering_legs(n_legs: int, n_bars: int, *, seed: int, gap_share: float = 0.0) -> PriceBlock:
    """Legs that share a random walk and come apart and together again."""
    rng = np.random.default_rng(seed)
    apart = np.zeros((n_legs, n_bars))
    for bar in range(1, n_bars):
        apart[:, bar] = 0.93 * apart[:, bar - 1] + 0.01 * rng.standard_normal(n_legs)
    close = 50.0 * np.exp(np.cumsum(0.01 * rng.standard_normal(n_bars)) * rng.uniform(0.7, 1.3, (n_legs, 1)) + apart)
    close[rng.random(close.shape) < gap_share] = np.nan
    return from_close(close)


@dataclass
class Joint:
    """The joint bars: their places in the block, and how many bars the group had by each."""

    places: list[int]
    counts: list[int]

    def resumes(self, bar: int) -> bool:
        return self.counts[bar] - self.counts[bar - 1] > WEEK

    def begins(self, bar: int, *, every: int) -> bool:
        return self.places[bar] // every != self.places[bar - 1] // every


def joint_of(prices: PriceBlock) -> Joint:
    places = [bar for bar in range(prices.n_bars) if not np.isnan(prices.close[:, bar]).any()]
    has_any = [not np.isnan(prices.close[:, bar]).all() for bar in range(prices.n_bars)]
    return Joint(places, [sum(has_any[: bar + 1]) for bar in places])


def cointegration_twin(rule: PairsCointegration, closes: Rows, joint: Joint) -> Rows:
    y, x = ([log(close / row[0]) for close in row] for row in closes)
    weights: Rows = [[], []]
    side, slope = 0, 0.0
    for bar in range(rule.lookback, len(y)):
        if joint.resumes(bar):
            side = 0
        elif side == 0:
            past = list(zip(x[bar - rule.lookback : bar], y[bar - rule.lookback : bar], strict=True))
            slope, intercept = statistics.linear_regression([pair[0] for pair in past], [pair[1] for pair in past])
            left = [b - intercept - slope * a for a, b in past]
            error = (sum(e * e for e in left) / (rule.lookback - 2)) ** 0.5
            pull, bias = statistics.linear_regression(left[:-1], [b - a for a, b in pairwise(left)], proportional=True)
            around = sum((b - (1 + pull) * a) ** 2 for a, b in pairwise(left)) / (rule.lookback - 2)
            statistic = pull / (around / sum(a * a for a in left[:-1])) ** 0.5 + bias
            score, since = (y[bar] - intercept - slope * x[bar]) / error, joint.counts[bar]
            if slope > 0 and abs(score) >= rule.entry and statistic < rule.critical_value:
                side = -1 if score > 0 else 1
        else:
            score = (y[bar] - intercept - slope * x[bar]) / error
            if side * score >= -rule.exit or joint.counts[bar] - since >= rule.max_holding:
                side = 0
        weights[0].append(side / (1 + slope) if side else 0.0)
        weights[1].append(-side * slope / (1 + slope) if side else 0.0)
    return weights


def distance_twin(rule: PairsDistance, closes: Rows, joint: Joint) -> Rows:
    sides, side, start = [], 0.0, 0
    for bar in range(rule.formation, len(closes[0])):
        if bar == rule.formation or joint.begins(bar, every=rule.trading):
            start, side = bar, 0.0
        first, last = start - rule.formation, start - 1
        formed = [closes[0][i] / closes[0][first] - closes[1][i] / closes[1][first] for i in range(first, start)]
        spread = closes[0][bar] / closes[0][last] - closes[1][bar] / closes[1][last]
        band = rule.entry * statistics.stdev(formed)
        if joint.resumes(bar):
            side = 0.0
        elif side * spread >= 0:
            side = -1.0 if spread >= band else 1.0 if spread <= -band else 0.0
        sides.append(side)
    return [[0.5 * side for side in sides], [-0.5 * side for side in sides]]


def fly_twin(rule: Fly, closes: Rows, joint: Joint) -> Rows:
    curve = [log(a) - 2 * log(b) + log(c) for a, b, c in zip(*closes, strict=True)]
    sides, side = [], 0.0
    for bar in range(rule.lookback - 1, len(curve)):
        window = curve[bar + 1 - rule.lookback : bar + 1]
        score = (curve[bar] - statistics.fmean(window)) / statistics.pstdev(window)
        if joint.resumes(bar):
            side = 0.0
        elif side * score >= -rule.exit:
            side = -1.0 if score >= rule.entry else 1.0 if score <= -rule.entry else 0.0
        sides.append(side)
    return [[share * side for side in sides] for share in (0.25, -0.5, 0.25)]


def switch_twin(rule: SwitchRelativeStrength, closes: Rows, joint: Joint) -> Rows:
    held: Rows = [[], []]
    for bar in range(rule.lookback, len(closes[0])):
        if bar == rule.lookback or joint.begins(bar, every=rule.decide_every) or joint.resumes(bar):
            gain = [row[bar] / row[bar - rule.lookback] - 1 for row in closes]
            best = gain.index(max(gain))
            choice = [float(leg == best and (gain[best] > 0 or not rule.absolute)) for leg in (0, 1)]
        for leg in (0, 1):
            held[leg].append(choice[leg])
    return held
