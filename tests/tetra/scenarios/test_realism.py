"""The realism card on worked examples, and on the families of the sample as of a calm and a crisis date."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from scipy import stats
from tests.tetra.scenarios.real_lookbacks import CALM, CRISIS, block_draws, path_log_returns, real_lookback

from tetra.errors import ScenarioError
from tetra.scenarios.bootstrap import resample_many
from tetra.scenarios.gbm import fit_gbm, lookback_log_returns, simulate_gbm
from tetra.scenarios.monte_carlo import filter_returns, simulate_many, standardised_days
from tetra.scenarios.realism import LAGS, Moment, Source, card, describe_source, path_moments
from tetra.scenarios.regime_switching import draw_regimes, fit_regimes
from tetra.typing import FloatArray

CLUSTERING = tuple(f"squared_autocorrelation_{lag}" for lag in LAGS)
DRAWS = block_draws(50)
Card = dict[str, Moment]


@functools.cache
def source(as_of: date) -> Source:
    returns = lookback_log_returns(real_lookback(as_of))
    return describe_source(returns, sessions=252, block_length=20, rng=np.random.default_rng(1))


def judged(as_of: date, closes: FloatArray, residuals: tuple[FloatArray, FloatArray] | None = None) -> Card:
    lines = card(source(as_of), path_log_returns(real_lookback(as_of), closes), residuals=residuals)
    return {line.name: line for line in lines}


@functools.cache
def bootstraps(as_of: date) -> Card:
    return judged(as_of, np.concatenate(list(resample_many(real_lookback(as_of), DRAWS))))


@functools.cache
def filtered(as_of: date) -> Card:
    """50 paths of filtered historical simulation, from unconditional variance."""
    lookback = real_lookback(as_of)
    model = filter_returns(lookback)
    days = standardised_days(model)
    batches = list(simulate_many(lookback, model, DRAWS, initial_variance="unconditional"))
    return judged(as_of, np.concatenate(batches), (days, days[:, DRAWS.ravel()]))


@functools.cache
def regimes(as_of: date) -> Card:
    lookback, rng = real_lookback(as_of), np.random.default_rng(2)
    model = fit_regimes(lookback)
    draws = [draw_regimes(model, 252, initial_state="unconditional", block_length=20, rng=rng) for _ in range(50)]
    return judged(as_of, np.concatenate(list(resample_many(lookback, np.stack(draws)))))


@functools.cache
def brownian(as_of: date) -> Card:
    lookback, rng = real_lookback(as_of), np.random.default_rng(3)
    model = fit_gbm(lookback)
    return judged(as_of, np.stack([simulate_gbm(lookback, model, draws, rng=rng).close for draws in DRAWS]))


def off(lines: Card) -> set[str]:
    return {name for name, line in lines.items() if line.status == "WARN"}


def test_moments_are_those_of_scipy_and_of_their_definitions() -> None:
    returns = stats.t.rvs(5, size=(3, 300), random_state=1) * 0.01
    moments = path_moments(returns)
    assert moments["volatility"] == pytest.approx(returns.std(axis=1, ddof=1).mean() * 252**0.5)
    assert moments["skew"] == pytest.approx(stats.skew(returns, axis=1).mean())
    assert moments["excess_kurtosis"] == pytest.approx(stats.kurtosis(returns, axis=1).mean())
    centred = returns - returns.mean(axis=1, keepdims=True)
    squared = centred**2 - (centred**2).mean(axis=1, keepdims=True)
    by_series = [
        sum(row[day] * row[day - 2] for day in range(2, 300)) / sum(value**2 for value in row) for row in squared
    ]
    assert moments["squared_autocorrelation_2"] == pytest.approx(np.mean(by_series))
    leverage = [
        sum(x[day] * q[day + lag] for day in range(300 - lag)) / (sum(x**2) * sum(q**2)) ** 0.5
        for x, q in zip(centred, squared, strict=True)
        for lag in LAGS
    ]
    assert moments["leverage_effect"] == pytest.approx(np.mean(leverage))


def test_drawdowns_by_hand() -> None:
    # 1 -> 2 -> 1 -> 1.5 and so on: half is lost at worst; the flat series takes no part
    path = np.log(np.array([[2.0, 0.5, 1.5, 1.0, 1.0, 1.0, 1.0]]))
    assert path_moments(path)["max_drawdown"] == pytest.approx(-0.5)
    assert path_moments(np.vstack([path, np.zeros((1, 7))]))["max_drawdown"] == pytest.approx(-0.5)


def test_a_source_without_volatility_is_judged_by_nothing_and_says_so() -> None:
    assert all(np.isnan(value) for value in path_moments(np.zeros((2, 50))).values())


def doubled(paths: FloatArray) -> FloatArray:
    return paths * 2.0


def shuffled_in_time(paths: FloatArray) -> FloatArray:
    return np.random.default_rng(1).permuted(paths, axis=2)


def shuffled_days(paths: FloatArray) -> FloatArray:
    return paths[:, :, np.random.default_rng(1).permutation(paths.shape[2])]


def trending(paths: FloatArray) -> FloatArray:
    return paths[:, :, 1:] + 0.5 * paths[:, :, :-1]


@pytest.mark.parametrize(
    ("change", "caught"),
    [
        (doubled, {"volatility", "max_drawdown"}),
        (shuffled_days, set(CLUSTERING)),
        (shuffled_in_time, {"mean_correlation", "eigen_stability", "eigenvalue_1"}),
    ],
)
def test_what_is_wrong_with_paths_is_said(change: Callable[[FloatArray], FloatArray], caught: set[str]) -> None:
    closes = np.concatenate(list(resample_many(real_lookback(CRISIS), DRAWS)))
    paths = path_log_returns(real_lookback(CRISIS), closes)
    lines = {line.name: line for line in card(source(CRISIS), change(paths))}
    assert caught <= off(lines)
    assert "skew" not in off(lines)


def test_autocorrelation_of_returns_is_wanted_neither_more_nor_less_than_none() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((20, 3, 253)) * 0.01
    described = describe_source(noise[0], sessions=252, block_length=20, rng=rng)
    lines = {line.name: line for line in card(described, trending(noise))}
    assert lines["return_autocorrelation"].status == "WARN"
    lines = {line.name: line for line in card(described, noise[:, :, 1:])}
    assert lines["return_autocorrelation"].status == "PASS"
    assert lines["return_autocorrelation"].lower == pytest.approx(-1.96 / 252**0.5, abs=0.06)


def test_paths_of_another_length_or_number_of_series_are_an_error() -> None:
    with pytest.raises(ScenarioError, match=r"paths are of \(2, 252\) series and sessions; give the source's"):
        card(source(CALM), np.zeros((5, 2, 252)))


def test_a_line_is_stored_as_a_check_of_its_own_name() -> None:
    check = Moment("skew", 0.1, 0.2, -0.3, 0.4, "PASS").as_check()
    assert (check.check_name, check.status, check.observed) == ("realism_skew", "PASS", 0.2)
    assert (check.lower_bound, check.upper_bound) == (-0.3, 0.4)


@pytest.mark.parametrize("as_of", [CALM, CRISIS])
@pytest.mark.parametrize("family", [bootstraps, filtered])
def test_bootstraps_and_filtered_simulations_are_like_their_source(family: Callable[[date], Card], as_of: date) -> None:
    lines = family(as_of)
    assert off(lines) == set()
    assert lines["volatility"].observed == pytest.approx(lines["volatility"].source, rel=0.10)
    for name in ("excess_kurtosis", *CLUSTERING):
        lower, upper = lines[name].lower, lines[name].upper
        assert lower is not None
        assert upper is not None
        assert lower <= lines[name].observed <= upper
    prefix = "residual_" if family is filtered else ""
    correlation = lines[f"{prefix}mean_correlation"]
    assert correlation.observed == pytest.approx(correlation.source, abs=0.05)
    for number in range(1, 6):
        eigenvalue = lines[f"{prefix}eigenvalue_{number}"]
        assert eigenvalue.observed == pytest.approx(eigenvalue.source, rel=0.15)


@pytest.mark.parametrize("as_of", [CALM, CRISIS])
def test_filtered_simulations_keep_the_correlation_of_raw_returns_and_report_it(as_of: date) -> None:
    # with a model per symbol and none of the market, 0.1 to 0.2 was lost after a crisis
    line = filtered(as_of)["mean_correlation"]
    assert line.observed == pytest.approx(line.source, abs=0.05)
    assert (line.lower, line.upper) == (None, None)


@pytest.mark.parametrize("as_of", [CALM, CRISIS])
def test_brownian_motion_fails_kurtosis_and_clustering(as_of: date) -> None:
    lines = brownian(as_of)
    assert {"excess_kurtosis", "squared_autocorrelation_1", "squared_autocorrelation_2"} <= off(lines)
    assert lines["volatility"].status == "PASS"
    assert abs(lines["excess_kurtosis"].observed) < 0.2


@pytest.mark.parametrize("as_of", [CALM, CRISIS])
def test_regime_switching_clusters(as_of: date) -> None:
    assert off(regimes(as_of)).isdisjoint({"excess_kurtosis", *CLUSTERING})
