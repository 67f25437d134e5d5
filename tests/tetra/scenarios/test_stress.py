from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tetra.scenarios.stress_panels import load_block, load_settings, make_panel, stressed, with_base

from tetra.errors import ScenarioError
from tetra.scenarios.scenario import Bars
from tetra.scenarios.stress import Stressed, why_not_covered
from tetra.scenarios.stress_correlation import mean_correlation
from tetra.scenarios.stress_settings import SEVERITIES, Severity, StressSettings
from tetra.scenarios.validation import impossible_bars
from tetra.typing import FloatArray

PANEL = make_panel()
EXPOSURES = PANEL.exposures()
BASE = PANEL.base()
SETTINGS = load_settings()
NAMES = [scenario.name for scenario in SETTINGS.scenarios]
SPY, VIX = PANEL.row("SPY"), PANEL.row("VIX")
ONSET = 21


def make(name: str, severity: Severity = "severe", base: Bars = BASE, **changes: Any) -> Stressed:
    given = {"exposures": EXPOSURES, "settings": SETTINGS} | changes
    return stressed(PANEL, name, severity=severity, base=base, **given)


def settings_with(name: str, **changes: Any) -> StressSettings:
    block = load_block()
    next(entry for entry in block["scenarios"] if entry["name"] == name).update(changes)
    return StressSettings.model_validate(block)


def total(bars: Bars, row: int, first: int, last: int) -> float:
    """Return from the close before session ``first`` to that of ``last``."""
    path = with_base(PANEL.lookback, bars.close)[row]
    return float(path[last + 1] / path[first] - 1.0)


def members(*sectors: str) -> list[int]:
    return [PANEL.row(symbol) for symbol, sector in PANEL.sectors.items() if sector in sectors]


def simple_returns(bars: Bars) -> FloatArray:
    path = with_base(PANEL.lookback, bars.close)
    return path[:, 1:] / path[:, :-1] - 1.0


def block_correlation(bars: Bars, first: int, last: int) -> float:
    returns = simple_returns(bars)[:, first:last]
    cyclical, defensive = members(*SETTINGS.cyclical_sectors), members(*SETTINGS.defensive_sectors)
    return float(np.corrcoef(returns[cyclical].mean(axis=0), returns[defensive].mean(axis=0))[0, 1])


def test_the_flash_crash_falls_ten_per_cent_within_a_day_and_recovers_by_the_next() -> None:
    bars = make("Flash Crash").bars
    before = bars.close[SPY, ONSET - 1]
    assert bars.close[SPY, ONSET] == pytest.approx(0.9 * before, rel=1e-9)
    assert bars.close[SPY, ONSET + 1] == pytest.approx(before, rel=1e-9)
    assert bars.low[SPY, ONSET] <= 0.9 * before
    assert bars.open[SPY, ONSET] == pytest.approx(BASE.open[SPY, ONSET], rel=1e-9)  # it happens within the session


def test_without_an_index_it_is_the_mean_of_all_shares_that_falls() -> None:
    panel = make_panel(market_symbol=False)
    bars = stressed(panel, "Flash Crash", settings=SETTINGS).bars
    shares = [panel.row(symbol) for symbol in panel.sectors]
    moves = np.log(bars.close[shares, ONSET] / bars.close[shares, ONSET - 1])
    assert moves.mean() == pytest.approx(np.log(0.9))


def test_a_symbol_falls_by_its_market_exposure() -> None:
    # of an exposure of b, the path ends b * log(0.9) lower than without what the market did on that day
    bars = make("Flash Crash").bars
    market = np.log(1 + simple_returns(BASE)[SPY, ONSET])
    moved = np.log(bars.close[:-1, ONSET] / BASE.close[:-1, ONSET])
    np.testing.assert_allclose(moved, EXPOSURES.of("market")[:-1] * (np.log(0.9) - market), rtol=1e-6)


def test_a_liquidity_crisis_cuts_volume_and_widens_spreads_for_ten_days() -> None:
    made = make("Market Liquidity Crisis")
    active = np.zeros(252, dtype=bool)
    active[ONSET : ONSET + 10] = True
    np.testing.assert_array_equal(made.spread_multiplier, np.where(active, 5.0, 1.0))
    np.testing.assert_array_equal(made.commission_multiplier, np.ones(252))
    np.testing.assert_allclose(made.bars.volume[:-1], BASE.volume[:-1] * np.where(active, 0.2, 1.0), rtol=1e-12)


def test_commissions_rise_as_configured() -> None:
    dearer = settings_with("Market Liquidity Crisis", commission_multiplier={"value": 3, "source": "our broker"})
    made = make("Market Liquidity Crisis", settings=dearer)
    assert made.commission_multiplier[ONSET : ONSET + 10].tolist() == [3.0] * 10
    assert made.commission_multiplier.sum() == 252 + 20
    assert made.parameters["sources"]["commission_multiplier"] == "our broker"


@given(seed=st.integers(0, 10_000), severity=st.sampled_from(SEVERITIES))
@settings(max_examples=40, deadline=None)
def test_the_blocks_correlation_in_a_breakdown_is_exact_on_every_path(seed: int, severity: Severity) -> None:
    bars = make("Correlation Breakdown", severity, base=PANEL.base(seed=seed, sessions=40)).bars
    target = {"moderate": 0.2, "severe": -0.3, "extreme": -0.8}[severity]
    assert block_correlation(bars, ONSET, ONSET + 5) == pytest.approx(target, abs=1e-9)


def test_outside_its_days_and_blocks_a_breakdown_changes_nothing() -> None:
    bars = make("Correlation Breakdown").bars
    other = np.ones(252, dtype=bool)
    other[ONSET : ONSET + 5] = False
    np.testing.assert_allclose(simple_returns(bars)[:, other], simple_returns(BASE)[:, other], atol=1e-12)
    for row in (SPY, PANEL.row("BOND"), *members("Energy")):
        np.testing.assert_allclose(bars.close[row], BASE.close[row], rtol=1e-12)


def test_the_correlation_over_all_pairs_stays_possible_in_a_breakdown() -> None:
    # of n symbols the mean over pairs cannot lie below -1 / (n - 1); blocks' means can, and do
    bars = make("Correlation Breakdown").bars
    returns = simple_returns(bars)[:-1, ONSET : ONSET + 5]
    correlation = np.corrcoef(returns[members(*PANEL.sectors.values())])
    assert mean_correlation(correlation, np.ones(66)) >= -1 / 65


def test_a_rotation_lifts_utilities_fifteen_per_cent_over_technology_and_leaves_the_market() -> None:
    bars = make("Sector Rotation").bars
    path = np.log(with_base(PANEL.lookback, bars.close))
    moves = path[:, ONSET + 20] - path[:, ONSET]
    technology, utilities = moves[members("Information Technology")].mean(), moves[members("Utilities")].mean()
    assert np.exp(utilities - technology) == pytest.approx(1.15, abs=1e-9)
    assert technology == pytest.approx(-np.log(1.15) / 2)
    assert total(bars, SPY, ONSET, ONSET + 19) == pytest.approx(0.0, abs=1e-9)
    rows = members("Health Care")
    np.testing.assert_allclose(simple_returns(bars)[rows, :ONSET], simple_returns(BASE)[rows, :ONSET], atol=1e-12)


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


def test_a_shock_recovers_the_share_it_is_said_to() -> None:
    bars = make("Volatility Spike").bars
    fall = np.log(1 + total(bars, SPY, ONSET, ONSET + 8))
    rise = np.log(1 + total(bars, SPY, ONSET + 9, ONSET + 19))
    assert rise == pytest.approx(-0.69 * fall)


def test_a_rate_shock_hurts_more_the_more_negative_the_exposure() -> None:
    only_rates = settings_with("Rate Shock +500bp", shocks={"rates": 0.05}, volatility_multiplier=1)
    moves = np.log(make("Rate Shock +500bp", settings=only_rates).bars.close / BASE.close)[:-1, ONSET + 194]
    order = np.argsort(EXPOSURES.of("rates")[:-1])
    assert (np.diff(moves[order]) > 0).all()
    np.testing.assert_allclose(moves, 0.05 * EXPOSURES.of("rates")[:-1], atol=1e-12)


def test_with_the_market_falling_too_a_rate_shock_still_orders_fifths_by_rate_exposure() -> None:
    moves = np.log(make("Rate Shock +500bp").bars.close / BASE.close)[:-1, ONSET + 194]
    fifths = np.array_split(np.argsort(EXPOSURES.of("rates")[:-1]), 5)
    means = [moves[fifth].mean() for fifth in fifths]
    assert means == sorted(means)
    assert means[0] < means[-1] - 0.3


def test_series_without_factor_data_say_so_and_keep_the_market_shock() -> None:
    exposures = PANEL.exposures(macro={})
    made = make("Rate Shock +500bp", exposures=exposures)
    assert made.parameters["factors"] == {"market": "SPY"}
    assert made.parameters["factors_without_effect"] == {
        "rates": "no exposures, so only those to the market and sectors act: DGS10 is not held",
        "credit": "no exposures, so only those to the market and sectors act: "
        "BAMLH0A0HYM2 is not held; BAA is not held",
    }
    assert total(made.bars, SPY, ONSET, ONSET + 194) == pytest.approx(-0.254)


def test_symbols_of_no_sector_take_the_market_alone_and_are_named() -> None:
    made = make("Tech Bubble 2.0 Burst")
    assert made.parameters["without_sector"] == ["BITCOIN", "BOND", "SPY"]
    technology = make("Tech Bubble 2.0 Burst").bars.close[members("Information Technology"), ONSET + 146]
    start = BASE.close[members("Information Technology"), ONSET - 1]
    assert np.log(technology / start).mean() < np.log(0.725 * 0.7)


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


def test_a_yield_nobody_trades_rises_with_rates_and_stays_positive() -> None:
    panel = replace(PANEL, lookback=replace(PANEL.lookback, symbols=(*PANEL.lookback.symbols[:-1], "DGS10")))
    rates = BASE.map(np.copy)
    for field in (rates.open, rates.high, rates.low, rates.close):
        field[-1] = 0.3
    bars = stressed(panel, "Rate Shock +500bp", base=rates, settings=SETTINGS).bars
    assert bars.close[-1, ONSET + 194] == pytest.approx(5.3)
    falling = settings_with("Rate Shock +500bp", shocks={"rates": -0.05})
    assert stressed(panel, "Rate Shock +500bp", base=rates, settings=falling).bars.close[-1].min() == 0.01


def test_days_are_wilder_while_the_shock_lasts() -> None:
    made = make("Derivatives Market Disruption")
    calm = slice(ONSET + 1, ONSET + 10)  # after the crash itself
    row = PANEL.row("BITCOIN")
    ratio = np.log1p(simple_returns(made.bars))[row, calm].std() / np.log1p(simple_returns(BASE))[row, calm].std()
    assert ratio == pytest.approx(5.0)


def test_a_jump_is_not_widened_beyond_what_six_deviations_would_be() -> None:
    row, jump = PANEL.row("BITCOIN"), ONSET + 2
    base = BASE.map(np.copy)
    for field in (base.open, base.high, base.low, base.close):
        field[row, jump:] *= 0.4
    moves = np.log1p(simple_returns(make("Derivatives Market Disruption", base=base).bars))[row]
    assert moves[jump] > np.log(0.4) * 1.1  # and not 5 times as far
    assert moves[jump] < np.log(0.4) * 0.9


def test_a_multiplier_on_a_wild_market_stops_at_the_highest_volatility_on_record() -> None:
    wild = replace(
        PANEL.lookback,
        bars=PANEL.lookback.bars.map_prices(
            lambda price: PANEL.lookback.previous_close * (price / PANEL.lookback.previous_close) ** 4
        ),
    )
    made = stressed(replace(PANEL, lookback=wild), "Derivatives Market Disruption", settings=SETTINGS)
    assert 1.0 < made.parameters["volatility_multiplier"] < 2.5


def test_symbols_move_closer_together_in_a_liquidity_crisis() -> None:
    # over many paths, as the ten sessions of one say little; the shock itself adds the same move to every session
    rows = members(*PANEL.sectors.values())

    def mean_over_paths(change: bool) -> float:
        found = []
        for seed in range(30):
            base = PANEL.base(seed=seed, sessions=60)
            bars = make("Market Liquidity Crisis", base=base).bars if change else base
            correlation = np.corrcoef(np.log1p(simple_returns(bars))[rows, ONSET : ONSET + 10])
            found.append(mean_correlation(correlation, np.ones(len(rows))))
        return float(np.mean(found))

    assert mean_over_paths(False) < 0.45
    assert mean_over_paths(True) == pytest.approx(0.70, abs=0.07)


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
