from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.tetra.scenarios.builders import AS_OF, make_history, small_catalogue

from tetra.calendars import STOCK_CALENDAR, sessions_after
from tetra.errors import ScenarioError
from tetra.scenarios.scenario import Bars, Scenario
from tetra.scenarios.synthetic import SyntheticSource
from tetra.scenarios.validation import (
    impossible_bars,
    validate,
    validate_fits,
    validate_largest_move,
    validate_volatility,
    volatility_band,
)

HISTORY = make_history()
SOURCE = SyntheticSource(HISTORY, small_catalogue(), sessions_after(STOCK_CALENDAR, AS_OF, 252), AS_OF, 7)
SCENARIO, _ = SOURCE.bootstrap("Bootstrap 001")
NAMES = ("coverage", "impossible_prices", "warmup_bars")


def bars(scenario: Scenario) -> Bars:
    assert scenario.bars is not None
    return scenario.bars.map(np.copy)


def statuses(scenario: Scenario) -> dict[str, str]:
    return {c.check_name: c.status for c in validate(scenario, symbol_coverage=0.95, warmup_bars=253)}


def test_a_good_scenario_passes_every_check() -> None:
    assert statuses(SCENARIO) == dict.fromkeys(NAMES, "PASS")


def test_a_path_with_too_few_closes_fails_coverage_alone() -> None:
    broken = bars(SCENARIO)
    broken.close[1, :13] = np.nan  # 13 of 252 is 5.2 %
    assert statuses(replace(SCENARIO, bars=broken)) == dict.fromkeys(NAMES, "PASS") | {"coverage": "FAIL"}


@pytest.mark.parametrize(
    ("field", "value"), [("close", -1.0), ("close", np.inf), ("high", 0.01), ("low", 1e9), ("open", 1e9)]
)
def test_a_bar_that_cannot_be_fails_impossible_prices_alone(field: str, value: float) -> None:
    broken = bars(SCENARIO)
    getattr(broken, field)[0, 5] = value
    expected = dict.fromkeys(NAMES, "PASS") | {"impossible_prices": "FAIL"}
    assert statuses(replace(SCENARIO, bars=broken)) == expected


def test_a_negative_close_is_possible_in_real_history_and_in_series_nobody_trades() -> None:
    # WTI closed at -36.98 on 2020-04-20
    broken = bars(SCENARIO)
    for field in (broken.open, broken.high, broken.low, broken.close):
        field[0, 5] = -36.98
    assert impossible_bars(broken, SCENARIO.is_tradable) == 1
    assert statuses(replace(SCENARIO, scenario_type="historical", bars=broken))["impossible_prices"] == "PASS"


def test_a_shorter_warm_up_warns() -> None:
    assert statuses(replace(SCENARIO, warmup=SCENARIO.warmup[:100]))["warmup_bars"] == "WARN"


def test_a_scenario_not_covered_has_no_checks() -> None:
    assert validate(replace(SCENARIO, bars=None), symbol_coverage=0.95, warmup_bars=253) == ()


def test_mean_volatility_outside_the_sources_band_warns() -> None:
    band = volatility_band(SOURCE.lookback, window=252, block_length=20, rng=np.random.default_rng(1))
    assert validate_volatility(SCENARIO, band=band).status == "PASS"
    doubled = bars(SCENARIO)
    start = SCENARIO.base_close[:, None]
    wild = replace(doubled, close=start * (doubled.close / start) ** 2)  # log returns twice as large
    check = validate_volatility(replace(SCENARIO, bars=wild), band=band)
    assert check.status == "WARN"
    calm = replace(doubled, close=start * (doubled.close / start) ** 0.5)
    assert validate_volatility(replace(SCENARIO, bars=calm), band=band).status == "WARN"


def test_a_move_beyond_three_times_the_sources_largest_warns() -> None:
    assert validate_largest_move(SCENARIO, SOURCE.lookback).status == "PASS"
    crash = bars(SCENARIO)
    largest = np.abs(np.log(SOURCE.lookback.bars.close[0] / SOURCE.lookback.previous_close[0])).max()
    crash.close[0, 100:] = crash.close[0, 99] * np.exp(-4 * largest)
    check = validate_largest_move(replace(SCENARIO, bars=crash), SOURCE.lookback)
    assert check.status == "WARN"
    assert check.observed == pytest.approx(4.0)
    with pytest.raises(ScenarioError, match="has no paths"):
        validate_largest_move(replace(SCENARIO, bars=None), SOURCE.lookback)


def test_volatility_of_a_scenario_without_paths_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="has no paths"):
        validate_volatility(replace(SCENARIO, bars=None), band=(0.1, 0.2))


def test_a_monte_carlo_that_is_mostly_fallback_warns() -> None:
    assert validate_fits(9, 10).status == "PASS"
    assert validate_fits(8, 10).status == "WARN"


def test_synthetic_scenarios_are_dated_forward_from_the_as_of_date() -> None:
    assert SCENARIO.sessions.size == 252
    assert SCENARIO.start_date == date(2022, 12, 29)
    assert SCENARIO.warmup.size == 253
    assert SCENARIO.warmup[-1] == np.datetime64(AS_OF)
