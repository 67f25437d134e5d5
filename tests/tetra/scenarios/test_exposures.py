from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.tetra.scenarios.stress_panels import AS_OF, make_panel

from tetra.scenarios.exposures import FACTORS, market_weights
from tetra.scenarios.exposures_factors import MacroSeries, factor_changes, known_values
from tetra.scenarios.lookback import Lookback
from tetra.typing import FloatArray

PANEL = make_panel()
EXPOSURES = PANEL.exposures()


def days(*texts: str) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.array(texts, dtype="datetime64[D]")


def with_returns(lookback: Lookback, returns: FloatArray) -> Lookback:
    """The lookback with other closes of its traded series (all rows but the last)."""
    close = lookback.bars.close.copy()
    close[:-1] = 50.0 * np.exp(np.cumsum(returns, axis=1))
    previous = np.concatenate([lookback.previous_close[:, :1], close[:, :-1]], axis=1)
    return replace(lookback, bars=replace(lookback.bars, close=close), previous_close=previous)


def log_returns(lookback: Lookback) -> FloatArray:
    return np.log(lookback.bars.close / lookback.previous_close)[:-1]


def test_the_exposures_that_made_the_returns_are_found() -> None:
    # standard errors: own deviation of 1.2 % a day over that of the factor and the root of 504 sessions
    errors = 0.012 / 504**0.5 / np.array([0.0098, 0.0006, 0.0012, 0.004, 0.02])
    distance = np.abs(EXPOSURES.betas[:-1] - PANEL.betas)
    assert (np.sqrt((distance**2).mean(axis=0)) < 1.5 * errors).all()
    for column in range(len(FACTORS)):
        assert np.corrcoef(EXPOSURES.betas[:-1, column], PANEL.betas[:, column])[0, 1] > 0.65


def test_the_market_is_exposed_to_itself_alone() -> None:
    np.testing.assert_allclose(EXPOSURES.betas[PANEL.row("SPY")], [1, 0, 0, 0, 0], atol=1e-9)
    assert EXPOSURES.sources["market"] == "SPY"


def test_series_nobody_trades_have_no_exposures() -> None:
    assert np.isnan(EXPOSURES.betas[PANEL.row("VIX")]).all()
    assert np.isfinite(EXPOSURES.betas[:-1]).all()


def test_without_an_index_the_market_is_the_mean_of_symbols_with_a_sector() -> None:
    panel = make_panel(market_symbol=False)
    weights, source = market_weights(panel.lookback, panel.sectors)
    assert source == "mean of the 66 symbols with a sector"
    assert weights[panel.row("BOND")] == 0.0
    assert weights.sum() == pytest.approx(1.0)
    exposures = panel.exposures()
    np.testing.assert_allclose(weights[:-1] @ exposures.betas[:-1], [1, 0, 0, 0, 0], atol=1e-9)


def test_a_noisy_symbol_is_drawn_towards_the_others() -> None:
    row, rates = PANEL.row(next(iter(PANEL.sectors))), FACTORS.index("rates")
    returns, level = log_returns(PANEL.lookback), PANEL.macro["DGS10"].values
    returns[row] = 40.0 * np.diff(level) / 100 + np.random.default_rng(2).normal(0, 0.3, 504)
    wild = replace(PANEL, lookback=with_returns(PANEL.lookback, returns)).exposures()
    # its own estimate is about 40 with a standard error of 22; the others lie between -7 and 7
    assert abs(wild.betas[row, rates]) < 7.0


def test_a_noisy_symbol_of_no_sector_is_drawn_towards_the_market() -> None:
    row, returns = PANEL.row("BITCOIN"), log_returns(PANEL.lookback)
    returns[row] = np.random.default_rng(4).normal(0, 0.2, returns.shape[1])
    wild = replace(PANEL, lookback=with_returns(PANEL.lookback, returns)).exposures()
    assert abs(wild.betas[row, 0] - 1.0) < 0.3
    assert abs(wild.betas[row, FACTORS.index("rates")]) < 3.0  # 15 is the standard error of its own estimate
    assert np.isnan(wild.sector[row])


def test_a_factor_without_a_series_is_missing_and_not_made_up() -> None:
    macro = {name: series for name, series in PANEL.macro.items() if name not in ("DTWEXBGS", "BAMLH0A0HYM2")}
    exposures = PANEL.exposures(macro=macro)
    assert exposures.missing == {
        "dollar": "DTWEXBGS is not held",
        "credit": "BAMLH0A0HYM2 is not held; BAA is not held",
    }
    assert set(exposures.sources) == {"market", "rates", "oil"}
    assert np.isnan(exposures.of("dollar")).all()
    assert np.isfinite(exposures.of("rates")[:-1]).all()


def test_a_series_that_stopped_is_missing_with_its_count() -> None:
    series = PANEL.macro["DGS10"]
    half = MacroSeries(series.observed_on[:200], series.released_on[:200], series.values[:200])
    found = PANEL.exposures(macro=PANEL.macro | {"DGS10": half})
    assert found.missing["rates"] == f"DGS10 has 198 daily changes known on {AS_OF} in 504 sessions, too few"


def test_a_series_that_does_not_vary_is_missing() -> None:
    flat = replace(PANEL.macro["DGS10"], values=np.full(505, 4.0))
    assert PANEL.exposures(macro={"DGS10": flat}).missing["rates"] == "DGS10 does not vary over the lookback"


def test_nothing_released_after_the_as_of_date_is_used() -> None:
    later = days("2022-12-29", "2023-01-03")
    macro = {
        name: MacroSeries(
            np.concatenate([series.observed_on, series.observed_on[:100], later]),
            np.concatenate([series.released_on, np.full(100, later[0]), later]),
            np.concatenate([series.values, series.values[:100] * 3.0, [1.0, 90.0]]),
        )
        for name, series in PANEL.macro.items()
    }
    again = PANEL.exposures(macro=macro)
    np.testing.assert_array_equal(again.betas, EXPOSURES.betas)
    # on the day of their release the revisions count
    revised = PANEL.exposures(macro=macro, as_of=date(2022, 12, 29))
    assert not np.allclose(revised.betas[:-1], EXPOSURES.betas[:-1])


def test_the_last_release_known_is_the_value() -> None:
    series = MacroSeries(
        days("2022-12-01", "2022-12-01", "2022-12-01", "2022-12-02"),
        days("2022-12-09", "2022-12-05", "NaT", "2022-12-06"),
        np.array([3.0, 2.0, 1.0, 5.0]),
    )
    for as_of, value in ((date(2022, 12, 5), 2.0), (date(2022, 12, 8), 2.0), (date(2022, 12, 9), 3.0)):
        observed, values = known_values(series, as_of=as_of)
        assert values[observed == np.datetime64("2022-12-01")] == [value]


def test_a_value_without_a_release_date_is_known_a_week_later() -> None:
    series = MacroSeries(days("2022-12-01", "2022-12-02"), days("NaT", "NaT"), np.array([1.0, 2.0]))
    assert known_values(series, as_of=date(2022, 12, 7))[1].size == 0
    assert known_values(series, as_of=date(2022, 12, 8))[1].tolist() == [1.0]


def test_a_month_without_a_release_date_is_known_in_the_middle_of_the_next() -> None:
    months = days("2022-09-01", "2022-10-01", "2022-11-01")
    series = MacroSeries(months, np.full(3, "NaT", dtype="datetime64[D]"), np.array([1.0, 2.0, 3.0]))
    assert known_values(series, as_of=date(2022, 12, 15))[1].tolist() == [1.0, 2.0]
    assert known_values(series, as_of=date(2022, 12, 16))[1].tolist() == [1.0, 2.0, 3.0]


def test_an_oil_price_below_zero_has_no_change_to_it_or_from_it() -> None:
    oil = PANEL.macro["DCOILWTICO"]
    values = oil.values.copy()
    values[300] = -36.98
    found = factor_changes("oil", {"DCOILWTICO": replace(oil, values=values)}, PANEL.lookback.sessions, as_of=AS_OF)
    assert not isinstance(found, str)
    assert np.flatnonzero(np.isnan(found.changes)).tolist() == [0, 299, 300, 503]  # the last is published a day later


def moodys(spread: FloatArray) -> dict[str, MacroSeries]:
    """Monthly means of a daily spread in high-yield terms, as BAA and AAA."""
    sessions = PANEL.lookback.sessions
    months = sessions.astype("datetime64[M]")
    starts = np.unique(months)
    means = np.array([spread[months == month].mean() for month in starts])
    nowhere = np.full(starts.size, "NaT", dtype="datetime64[D]")
    observed = starts.astype("datetime64[D]")
    return {
        "BAA": MacroSeries(observed, nowhere, 5.0 + 0.2 * means),
        "AAA": MacroSeries(observed, nowhere, np.full(starts.size, 5.0)),
    }


def test_monthly_spreads_are_regressed_on_by_months_where_they_tell_sectors_apart() -> None:
    panel = make_panel(noise=0.002)
    daily = panel.macro["BAMLH0A0HYM2"].values[1:]
    macro = {name: series for name, series in panel.macro.items() if name != "BAMLH0A0HYM2"} | moodys(daily * 1.0)
    returns = log_returns(panel.lookback)
    credit = np.diff(daily, prepend=panel.macro["BAMLH0A0HYM2"].values[0]) / 100
    returns += 4.0 * (panel.betas[:, 2:3] * credit)  # five times the exposure: months are few
    found = replace(panel, lookback=with_returns(panel.lookback, returns)).exposures(macro=macro)
    assert found.sources["credit"] == "BAA-AAA"
    assert np.corrcoef(found.of("credit")[:-1], panel.betas[:, 2])[0, 1] > 0.7


def test_monthly_spreads_that_are_noise_to_all_sectors_count_as_missing() -> None:
    macro = {name: series for name, series in PANEL.macro.items() if name != "BAMLH0A0HYM2"}
    noise = 5.0 + np.cumsum(np.random.default_rng(7).normal(0, 0.1, 504))
    found = PANEL.exposures(macro=macro | moodys(noise))
    assert found.missing["credit"] == "exposures of 11 sectors to monthly BAA-AAA do not differ beyond chance"
    assert np.isnan(found.of("credit")).all()


def test_sector_exposures_are_one_on_average_over_each_sector() -> None:
    for sector in set(PANEL.sectors.values()):
        members = [PANEL.row(symbol) for symbol, own in PANEL.sectors.items() if own == sector]
        assert EXPOSURES.sector[members].mean() == pytest.approx(1.0)
    assert np.isnan(EXPOSURES.sector[PANEL.row("BOND")])


def test_a_symbol_that_is_its_sector_has_an_exposure_of_one() -> None:
    lonely = PANEL.exposures(sectors={next(iter(PANEL.sectors)): "Energy"})
    assert lonely.sector[PANEL.row(next(iter(PANEL.sectors)))] == 1.0


def test_exposures_without_any_sector_or_series_are_those_to_the_market() -> None:
    found = PANEL.exposures(sectors={}, macro={})
    assert set(found.missing) == {"rates", "credit", "dollar", "oil"}
    assert np.isnan(found.sector).all()
    np.testing.assert_allclose(found.of("market")[:-1], PANEL.betas[:, 0], atol=0.4)


def test_days_without_a_bond_market_are_left_out() -> None:
    series = PANEL.macro["DGS10"]
    held = np.ones(series.values.size, dtype=bool)
    held[[100, 250, 400]] = False
    gaps = MacroSeries(series.observed_on[held], series.released_on[held], series.values[held])
    found = PANEL.exposures(macro=PANEL.macro | {"DGS10": gaps})
    np.testing.assert_allclose(found.of("rates")[:-1], EXPOSURES.of("rates")[:-1], atol=0.6)


def test_the_same_panel_gives_the_same_bytes() -> None:
    assert PANEL.exposures().betas.tobytes() == EXPOSURES.betas.tobytes()
