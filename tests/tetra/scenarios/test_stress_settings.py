from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.tetra.scenarios.stress_panels import load_block, load_settings

from tetra.errors import ScenarioError
from tetra.scenarios.stress_settings import SEVERITIES, Profile, StressSettings
from tetra.scenarios.stress_severity import numbers_at

SETTINGS = load_settings()

DEFAULTS = [
    "Credit Spread Widening",
    "Derivatives Market Disruption",
    "Flash Crash",
    "Geopolitical Crisis",
    "Market Liquidity Crisis",
    "Rate Shock +500bp",
    "Stagflation",
    "Systemic Cyber Attack",
    "Tariff Implementation 2025",
    "Tech Bubble 2.0 Burst",
    "USD Crisis",
    "Volatility Spike",
]


def changed(name: str, **changes: Any) -> dict[str, Any]:
    """The block with some keys of one scenario changed."""
    block = load_block()
    scenario = next(entry for entry in block["scenarios"] if entry["name"] == name)
    scenario.update(changes)
    return block


def test_the_twelve_and_the_two_beside_them_are_there() -> None:
    assert [entry.name for entry in SETTINGS.scenarios] == [*DEFAULTS, "Correlation Breakdown", "Sector Rotation"]
    assert SETTINGS.severity == "severe"


def test_the_numbers_that_scenarios_are_named_for_are_the_defaults() -> None:
    flash = SETTINGS.scenario("Flash Crash")
    assert flash.shocks.market is not None
    assert flash.shocks.market.value == -0.10
    assert flash.profile == Profile(onset=21, build_up=1, recovery=1, recovered=1)
    liquidity = SETTINGS.scenario("Market Liquidity Crisis")
    assert (liquidity.volume_multiplier.value, liquidity.spread_multiplier.value) == (0.2, 5)
    assert liquidity.profile.build_up + liquidity.profile.peak == 10
    rates = SETTINGS.scenario("Rate Shock +500bp").shocks.rates
    assert rates is not None
    assert rates.value == 0.05
    block = SETTINGS.scenario("Correlation Breakdown").block_correlation
    assert block is not None
    assert (block.normal.value, block.target.value) == (0.7, -0.3)
    assert SETTINGS.scenario("Correlation Breakdown").profile.build_up == 5
    rotation = SETTINGS.scenario("Sector Rotation").rotation
    assert rotation is not None
    assert (rotation.out_of, rotation.into, rotation.relative.value) == ("Information Technology", "Utilities", 0.15)
    assert SETTINGS.scenario("Sector Rotation").profile.build_up == 20


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"calibrated_to": ""}, "at least 1 character"),
        ({"shocks": {"market": -1.0}}, "shock to the market -1.0 loses everything"),
        ({"shocks": {"sectors": [{"sector": "Utility", "move": 0.1}]}}, "did you mean 'Utilities'"),
        ({"shocks": {"markets": -0.1}}, "Extra inputs are not permitted"),
        ({"shocks": {"sectors": [{"sector": "Energy", "move": 0.1}] * 2}}, "sector 'Energy' is shocked twice"),
        ({"volume_multiplier": 0}, "volume_multiplier 0.0 must be above 0"),
        ({"spread_multiplier": {"value": 5, "source": ""}}, "at least 1 character"),
        ({"correlation": 1.0}, "correlation 1.0 must be at least 0 and below 1"),
        ({"volatility_index": 0}, "volatility_index 0.0 must be above 0"),
        ({"block_correlation": {"normal": 0.7, "target": -1.2}}, "target correlation -1.2 lies outside -1 to 1"),
        ({"block_correlation": {"normal": 0.7, "target": -0.3}}, "build_up 1 is too short for a correlation"),
        ({"rotation": {"out_of": "Energy", "into": "Energy", "relative": 0.1}}, "name two sectors"),
    ],
)
def test_a_scenario_that_cannot_be_meant_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        StressSettings.model_validate(changed("Flash Crash", **changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"severities": {"moderate": 1, "severe": 1, "extreme": 2}}, "must be above 0 and ascend"),
        ({"severities": {"moderate": 0.5, "severe": 1}}, "must be above 0 and ascend"),
        ({"severity": "mild"}, "'moderate', 'severe' or 'extreme'"),
        ({"defensive_sectors": ["Energy"]}, "sector 'Energy' is cyclical and defensive"),
        ({"cyclical_sectors": ["Technology"]}, "unknown sector 'Technology'"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        StressSettings.model_validate(load_block() | changes)


def test_a_name_is_given_once() -> None:
    block = load_block()
    block["scenarios"].append(block["scenarios"][0])
    with pytest.raises(ValidationError, match="'Credit Spread Widening' is named twice"):
        StressSettings.model_validate(block)


def test_an_unknown_scenario_offers_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="did you mean 'Flash Crash'"):
        SETTINGS.scenario("Flash crash")


def test_severe_is_the_scenario_as_written() -> None:
    numbers = numbers_at(SETTINGS.scenario("Market Liquidity Crisis"), SETTINGS, "severe")
    assert numbers.factors["market"] == pytest.approx(-0.2548922)  # log(1 - 0.225)
    assert (numbers.volume, numbers.spread, numbers.volatility) == (0.2, 5.0, 5.3)
    assert numbers.correlation == pytest.approx(0.70)
    assert numbers.volatility_index == pytest.approx(82.69)


def test_severities_worked_out_by_hand() -> None:
    extreme = numbers_at(SETTINGS.scenario("Market Liquidity Crisis"), SETTINGS, "extreme")
    assert extreme.volume == pytest.approx(0.0894427)  # 0.2 ** 1.5
    assert extreme.correlation == pytest.approx(0.835683)  # 1 - 0.3 ** 1.5
    assert extreme.volatility_index == pytest.approx(150.19)  # 19.45 * (82.69 / 19.45) ** 1.5 = 170.5, held there
    moderate = numbers_at(SETTINGS.scenario("Rate Shock +500bp"), SETTINGS, "moderate")
    assert moderate.factors["rates"] == pytest.approx(0.025)
    blocks = [
        numbers_at(SETTINGS.scenario("Correlation Breakdown"), SETTINGS, severity).block_correlation
        for severity in SEVERITIES
    ]
    assert blocks == pytest.approx([0.2, -0.3, -0.8])


def test_every_scenario_gets_worse_with_severity_and_none_loses_everything() -> None:
    for scenario in SETTINGS.scenarios:
        moderate, severe, extreme = (numbers_at(scenario, SETTINGS, severity) for severity in SEVERITIES)
        for name, move in severe.factors.items():
            assert abs(moderate.factors[name]) <= abs(move) <= abs(extreme.factors[name])
        for name, move in severe.sectors.items():
            assert abs(moderate.sectors[name]) < abs(move) < abs(extreme.sectors[name])
        assert moderate.spread <= severe.spread <= extreme.spread
        assert -3.0 < extreme.factors.get("market", 0.0) <= 0.0
