"""What holds for every stress scenario: possible bars, nothing before the onset, the same bytes again, its record."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tetra.scenarios.stress_panels import stressed
from tests.tetra.scenarios.stress_paths import BASE, EXPOSURES, NAMES, ONSET, PANEL, SETTINGS, SPY, VIX, make, total

from tetra.errors import ScenarioError
from tetra.scenarios.stress import why_not_covered
from tetra.scenarios.stress_settings import SEVERITIES, Severity
from tetra.scenarios.validation import impossible_bars


@pytest.mark.parametrize("name", [n for n in NAMES if SETTINGS.scenario(n).shocks.market is not None])
def test_the_market_falls_by_what_the_scenario_names(name: str) -> None:
    scenario, bars = SETTINGS.scenario(name), make(name).bars
    assert scenario.shocks.market is not None
    last = ONSET + scenario.profile.build_up - 1
    assert total(bars, SPY, ONSET, last) == pytest.approx(scenario.shocks.market.value, abs=1e-9)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("Correlation Breakdown", "Sector Rotation")])
def test_worse_severities_fall_further(name: str) -> None:
    last = ONSET + SETTINGS.scenario(name).profile.build_up - 1
    falls = [total(make(name, severity).bars, SPY, ONSET, last) for severity in SEVERITIES]
    assert falls[0] > falls[1] > falls[2] > -0.8


@pytest.mark.parametrize("name", NAMES)
def test_before_the_onset_nothing_happens(name: str) -> None:
    made = make(name)
    for ours, base in zip(made.bars.fields, BASE.fields, strict=True):
        np.testing.assert_allclose(ours[:, :ONSET], base[:, :ONSET], rtol=1e-12)
    assert (made.spread_multiplier[:ONSET] == 1.0).all()


@given(seed=st.integers(0, 10_000), name=st.sampled_from(NAMES), severity=st.sampled_from(SEVERITIES))
@settings(max_examples=80, deadline=None)
def test_bars_stay_possible(seed: int, name: str, severity: Severity) -> None:
    bars = make(name, severity, base=PANEL.base(seed=seed)).bars
    assert impossible_bars(bars, np.ones_like(PANEL.lookback.is_tradable)) == 0
    for field in (bars.open, bars.high, bars.low, bars.close):
        assert (field > 0).all()
        assert np.isfinite(field).all()
    assert (bars.volume >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_volatility_index_reaches_its_level_and_comes_back(name: str) -> None:
    scenario, bars = SETTINGS.scenario(name), make(name).bars
    if scenario.volatility_index is None:
        np.testing.assert_array_equal(bars.close[VIX], BASE.close[VIX])
        return
    peak = ONSET + scenario.profile.build_up - 1
    assert bars.close[VIX, peak] == pytest.approx(scenario.volatility_index.value)
    assert (bars.close[VIX] >= BASE.close[VIX] * (1 - 1e-12)).all()
    calm = peak + scenario.profile.peak + scenario.profile.recovery
    np.testing.assert_allclose(bars.close[VIX, calm:], BASE.close[VIX, calm:], rtol=1e-9)


def test_fields_the_source_does_not_have_are_not_made_up() -> None:
    row = PANEL.row("BITCOIN")
    closes_only = BASE.map(np.copy)
    for field in (closes_only.open, closes_only.high, closes_only.low, closes_only.volume):
        field[row] = np.nan
    for name in NAMES:
        bars = make(name, base=closes_only).bars
        assert np.isfinite(bars.close).all()
        for field in (bars.open, bars.high, bars.low, bars.volume):
            assert np.isnan(field[row]).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_path_and_seed_give_the_same_bytes_and_the_base_is_not_changed(name: str) -> None:
    before = [field.copy() for field in BASE.fields]
    first, second = make(name), make(name)
    for ours, theirs in zip(first.bars.fields, second.bars.fields, strict=True):
        assert ours.tobytes() == theirs.tobytes()
    for field, copy in zip(BASE.fields, before, strict=True):
        np.testing.assert_array_equal(field, copy)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_can_be_stored_and_name_the_episode(name: str) -> None:
    stored = json.loads(json.dumps(make(name, "extreme").parameters))
    assert stored["calibrated_to"] == SETTINGS.scenario(name).calibrated_to
    assert stored["severity"] == "extreme"
    assert stored["factors"]["market"] == "SPY"
    assert stored["profile"]["is_cut"] is False


def test_what_a_number_comes_from_is_stored_with_it() -> None:
    sources = make("Sector Rotation").parameters["sources"]
    assert set(sources) == {"shock to market", "rotation relative"}
    assert set(make("Correlation Breakdown").parameters["sources"]) == {"block correlation normal"}


def test_a_recovery_beyond_the_window_is_cut_and_says_so() -> None:
    made = make("Geopolitical Crisis", base=PANEL.base(sessions=100))
    assert made.parameters["profile"]["is_cut"] is True
    assert total(made.bars, SPY, ONSET, ONSET + 49) == pytest.approx(-0.169)


@pytest.mark.parametrize(
    ("name", "sectors", "sessions", "reason"),
    [
        ("Stagflation", PANEL.sectors, 100, "the shock is whole after 163 sessions, the window has 100"),
        ("Sector Rotation", {"UTILS0": "Utilities"}, 252, "no tradable symbol of Information Technology has all"),
        ("Correlation Breakdown", {}, 252, "no tradable symbol of Communication Services or Consumer Discretionary"),
        ("Flash Crash", {}, 252, None),
    ],
)
def test_what_cannot_be_made_is_told_beforehand(
    name: str, sectors: dict[str, str], sessions: int, reason: str | None
) -> None:
    found = why_not_covered(name, SETTINGS, lookback=PANEL.lookback, sectors=sectors, sessions=sessions)
    if reason is None:
        assert found is None
        return
    assert found is not None
    assert found.startswith(reason)
    with pytest.raises(ScenarioError, match=f"{name}: {reason}"):
        stressed(replace(PANEL, sectors=sectors), name, base=PANEL.base(sessions=sessions), exposures=EXPOSURES)
