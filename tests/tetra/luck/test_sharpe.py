"""Probabilistic and deflated Sharpe ratios: the papers' own examples, and the numbers of skfolio and ffn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tetra.luck.made import made_returns

from tetra.errors import DataError
from tetra.luck.sharpe import (
    SharpeMoments,
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
)

# Bailey and Lopez de Prado (2014), "A numerical example": annualised Sharpe ratio 2.5 on 1,250 days of 250 a year, skew
# -3, kurtosis 10; 100 independent trials whose annualised Sharpe ratios have variance 1/2
PAPER = SharpeMoments(2.5 / math.sqrt(250), 1250, skew=-3.0, kurtosis=10.0)
PAPER_VARIANCE = 0.5 / 250


def test_the_deflated_sharpe_ratio_of_the_paper() -> None:
    assert expected_maximum_sharpe(n_trials=100, trial_variance=PAPER_VARIANCE) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe_ratio(PAPER, n_trials=100, trial_variance=PAPER_VARIANCE) == pytest.approx(0.9004, abs=5e-5)


def test_the_paper_would_have_accepted_it_after_46_trials_or_88_if_returns_were_normal() -> None:
    normal = replace(PAPER, skew=0.0, kurtosis=3.0)
    assert deflated_sharpe_ratio(PAPER, n_trials=46, trial_variance=PAPER_VARIANCE) == pytest.approx(0.9505, abs=5e-5)
    assert deflated_sharpe_ratio(normal, n_trials=88, trial_variance=PAPER_VARIANCE) == pytest.approx(0.9505, abs=5e-5)


@pytest.mark.parametrize(
    ("periods_per_year", "skew", "kurtosis", "years"),
    [(252, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_the_minimum_track_records_of_the_paper(
    periods_per_year: int, skew: float, kurtosis: float, years: float
) -> None:
    # Bailey and Lopez de Prado (2012): an annualised Sharpe ratio of 2 to be above 1 with 95 % confidence; the last
    # with the skew and kurtosis of an index of hedge funds
    moments = SharpeMoments(2.0 / math.sqrt(periods_per_year), 100, skew, kurtosis)
    needed = minimum_track_record_length(moments, benchmark_sharpe_ratio=1.0 / math.sqrt(periods_per_year))
    assert needed / periods_per_year == pytest.approx(years, abs=0.005)


def test_the_same_numbers_as_skfolio_and_ffn() -> None:
    # computed with skfolio 1.12.2 (probabilistic_sharpe_ratio, deflated_sharpe_ratio, expected_max_sharpe_ratio) and
    # ffn 1.4.1 (calc_expected_max_sharpe; its deflated ratio, with other moments: 0.3171548)
    returns = made_returns(1000, 20, seed=7)
    sharpe_ratios = returns.mean(axis=0) / returns.std(axis=0, ddof=1)
    variance = float(sharpe_ratios.var(ddof=1))
    best, worst = SharpeMoments.of(returns[:, 19]), SharpeMoments.of(returns[:, 0])
    assert probabilistic_sharpe_ratio(best) == pytest.approx(0.9849377100045762, abs=1e-12)
    assert probabilistic_sharpe_ratio(worst, benchmark_sharpe_ratio=0.02) == pytest.approx(
        0.19310090407569191, abs=1e-12
    )
    assert expected_maximum_sharpe(n_trials=20, trial_variance=variance) == pytest.approx(
        0.08362479939447873, abs=1e-12
    )
    deflated = deflated_sharpe_ratio(best, n_trials=20, trial_variance=variance)
    assert deflated == pytest.approx(0.3171529889048657, abs=1e-12)
    assert deflated == pytest.approx(0.3171547840428891, abs=1e-5)


@given(st.floats(1.0, 1e6), st.floats(1.0, 1e6))
def test_more_trials_never_lower_the_hurdle(some: float, other: float) -> None:
    fewer, more = sorted([some, other])
    hurdles = [expected_maximum_sharpe(n_trials=count, trial_variance=0.002) for count in (fewer, more)]
    assert 0.0 <= hurdles[0] <= hurdles[1]


@pytest.mark.parametrize("n_trials", [1.0, 1.1, 1.28])
def test_hardly_more_than_one_trial_deflates_nothing(n_trials: float) -> None:
    # the paper's approximation is -0.014 at 1.1 trials of this variance; PSR would be below DSR
    assert expected_maximum_sharpe(n_trials=n_trials, trial_variance=0.002) == 0.0
    deflated = deflated_sharpe_ratio(PAPER, n_trials=n_trials, trial_variance=0.002)
    assert deflated == probabilistic_sharpe_ratio(PAPER)


def test_the_minimum_track_record_is_where_confidence_is_reached() -> None:
    moments = SharpeMoments(0.08, 1000, -0.5, 6.0)
    needed = minimum_track_record_length(moments, confidence_level=0.99)
    at = [probabilistic_sharpe_ratio(replace(moments, n_periods=math.floor(needed) + more)) for more in (0, 1)]
    assert at[0] < 0.99 <= at[1]


def test_what_has_no_meaning_is_nan() -> None:
    assert math.isnan(probabilistic_sharpe_ratio(SharpeMoments.of(np.full(500, 0.001))))
    assert math.isnan(probabilistic_sharpe_ratio(SharpeMoments(0.1, 2)))
    assert math.isnan(minimum_track_record_length(SharpeMoments(-0.1, 1000)))


def test_less_than_one_trial_is_refused() -> None:
    with pytest.raises(DataError, match=r"0\.5 trials"):
        expected_maximum_sharpe(n_trials=0.5, trial_variance=0.1)
