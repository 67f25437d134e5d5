"""What single stress scenarios do to prices, volumes, spreads and correlations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tetra.scenarios.stress_panels import make_panel, stressed, with_base
from tests.tetra.scenarios.stress_paths import (
    BASE,
    EXPOSURES,
    ONSET,
    PANEL,
    SETTINGS,
    SPY,
    block_correlation,
    make,
    members,
    settings_with,
    simple_returns,
    total,
)

from tetra.scenarios.stress_correlation import mean_correlation
from tetra.scenarios.stress_settings import SEVERITIES, Severity


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
