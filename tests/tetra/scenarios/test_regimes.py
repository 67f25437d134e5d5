"""Spells found on real prices of the sample source and on made ones, and the scenarios that they become."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import ValidationError
from tests.tetra.scenarios.builders import small_catalogue
from tests.tetra.scenarios.real_histories import FILES_AS_OF, SAMPLE_AS_OF, files_history, sample_history

from tetra.calendars import STOCK_CALENDAR, sessions_after, sessions_between
from tetra.data.prices import PriceHistory
from tetra.scenarios.historical import replay_window
from tetra.scenarios.regime_market import MEAN, market_series
from tetra.scenarios.regime_settings import RegimeSettings
from tetra.scenarios.regimes import Spell, find_spells, runs, window_of_spell
from tetra.typing import FloatArray

BLOCK: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "regimes_block.yaml").read_text(encoding="utf-8"))
SETTINGS = RegimeSettings.model_validate(BLOCK["regimes"])


@functools.cache
def sample_spells() -> tuple[Spell, ...]:
    return find_spells(sample_history(), SETTINGS, as_of=SAMPLE_AS_OF, min_symbols=5)


def covering(spells: tuple[Spell, ...], first: str, last: str) -> set[tuple[str, str]]:
    """Kind and method of the spells that hold every day from first to last."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return {(spell.kind, spell.method) for spell in spells if spell.start_date <= start and end <= spell.end_date}


def history(closes: dict[str, Any], *, first: date = date(2015, 1, 2)) -> PriceHistory:
    """Closes only, of one length."""
    close = np.array(list(closes.values()), dtype=np.float64)
    absent = np.full(close.shape, np.nan)
    sessions = sessions_after(STOCK_CALENDAR, first, close.shape[1])
    is_tradable = np.array([symbol != "VIX" for symbol in closes])
    return PriceHistory(tuple(closes), sessions, is_tradable, absent, absent, absent, close, absent)


def path(returns: FloatArray) -> FloatArray:
    return 100.0 * np.cumprod(1.0 + returns)


def test_the_crisis_of_2008_is_a_bear_market_of_high_volatility() -> None:
    found = covering(sample_spells(), "2008-10-01", "2008-12-01")
    assert {("bear", "rules"), ("high_volatility", "rules"), ("high_volatility", "hidden_markov")} <= found
    assert not {kind for kind, _ in found} & {"bull", "low_volatility", "ranging"}


def test_the_bear_market_of_2008_reaches_into_2009() -> None:
    assert ("bear", "rules") in covering(sample_spells(), "2008-10-01", "2009-03-09")
    assert ("high_volatility", "hidden_markov") in covering(sample_spells(), "2008-10-01", "2009-03-09")


def test_march_2020_is_of_high_volatility_by_daily_moves_alone() -> None:
    # the sample's VIX ends in 2019
    assert covering(sample_spells(), "2020-03-02", "2020-03-31") == {
        ("high_volatility", "rules"),
        ("high_volatility", "hidden_markov"),
    }
    (spell,) = (one for one in sample_spells() if one.start_date.year == 2020 and one.method == "rules" and
                one.kind == "high_volatility")  # fmt: skip
    # -3.35 % on 24 February is the first move beyond 2 %, +2.7 on 29 April and -2.8 on 1 May are the last
    assert (spell.start_date, spell.end_date) == (date(2020, 2, 24), date(2020, 5, 1))
    assert spell.name == "High Volatility 2020-02-24 to 2020-05-01 (rules)"


def test_2017_is_a_bull_market_of_low_volatility() -> None:
    assert covering(sample_spells(), "2017-01-03", "2017-12-29") == {
        ("bull", "rules"),
        ("low_volatility", "hidden_markov"),
    }


def test_spells_are_as_long_as_their_rule_asks_and_no_more_are_kept_than_asked() -> None:
    least = {
        "rules": {"bull": 90, "bear": 60, "high_volatility": 30, "ranging": 45},
        "hidden_markov": {"low_volatility": 90, "medium_volatility": 45, "high_volatility": 30},
    }
    kinds = {(method, kind) for method, known in least.items() for kind in known}
    assert {(spell.method, spell.kind) for spell in sample_spells()} == kinds
    for method, kind in kinds:
        same = [spell.sessions for spell in sample_spells() if (spell.method, spell.kind) == (method, kind)]
        assert min(same) >= least[method][kind]
        assert len(same) <= SETTINGS.spells_per_kind
    names = [spell.name for spell in sample_spells()]
    assert len(set(names)) == len(names)


def test_the_longest_spells_of_a_kind_are_kept() -> None:
    everything = find_spells(
        sample_history(), SETTINGS.model_copy(update={"spells_per_kind": 99}), as_of=SAMPLE_AS_OF, min_symbols=5
    )
    ranging = sorted(spell.sessions for spell in everything if spell.kind == "ranging")
    kept = sorted(spell.sessions for spell in sample_spells() if spell.kind == "ranging")
    assert len(ranging) > 6
    assert kept == ranging[-6:]


def test_nothing_after_the_as_of_date_is_read() -> None:
    as_of = date(2009, 2, 27)
    original = sample_history()
    other = replace(original, close=original.close.copy())
    other.close[:, original.sessions > np.datetime64(as_of)] *= 3.0
    before = find_spells(original, SETTINGS, as_of=as_of, min_symbols=5)
    assert before == find_spells(other, SETTINGS, as_of=as_of, min_symbols=5)
    assert max(spell.end_date for spell in before) == as_of


def test_a_spell_that_still_runs_ends_at_the_as_of_date_and_says_so() -> None:
    as_of = date(2009, 2, 27)
    spells = find_spells(sample_history(), SETTINGS, as_of=as_of, min_symbols=5)
    (bear,) = (spell for spell in spells if spell.kind == "bear" and spell.end_date == as_of)
    assert bear.is_running
    assert not any(spell.is_running for spell in spells if spell.end_date < as_of)


def test_a_spell_is_replayed_from_the_real_bars() -> None:
    source = sample_history()
    spell = next(spell for spell in sample_spells() if spell.kind == "bear" and spell.start_date.year == 2008)
    window = window_of_spell(spell)
    expected = sessions_between(STOCK_CALENDAR, window.start_date, window.end_date)
    scenario = replay_window(window, source, expected=expected, as_of=SAMPLE_AS_OF, settings=small_catalogue().settings)
    assert (scenario.scenario_type, scenario.family, scenario.status) == ("regime", "regime", "ready")
    assert (scenario.start_date, scenario.end_date) == (spell.start_date, spell.end_date)
    assert scenario.sessions.size == spell.sessions
    assert scenario.warmup.size == 253
    assert scenario.bars is not None
    columns = np.searchsorted(source.sessions, scenario.sessions)
    rows = [source.symbols.index(symbol) for symbol in scenario.symbols]
    np.testing.assert_array_equal(scenario.bars.close, source.close[np.ix_(rows, columns)])
    found = scenario.parameters
    assert (found["kind"], found["method"], found["market"]) == ("bear", "rules", ["SPX"])
    close = source.close[source.symbols.index("SPX")]
    assert found["market_return"] == pytest.approx(close[columns[-1]] / close[columns[0] - 1] - 1.0)
    assert scenario.volatility_multiplier == spell.volatility_ratio > 2.0


def test_the_vix_makes_longer_spells_where_it_is_held(market_data: Path) -> None:
    spells = find_spells(files_history(market_data), SETTINGS, as_of=FILES_AS_OF, min_symbols=5)
    assert ("high_volatility", "rules") in covering(spells, "2008-09-15", "2009-06-30")
    assert ("high_volatility", "rules") in covering(spells, "2020-02-24", "2020-06-30")
    # SPY ends in 2021: the sector ETFs' mean goes on
    last = next(spell for spell in spells if spell.kind == "bull" and spell.start_date.year == 2023)
    assert last.market == (MEAN,)


@pytest.mark.parametrize(
    ("labels", "gap", "least", "expected"),
    [
        # labelled: 1-3, then after two without, 6-7; then after three without, 11
        ("0111001100010", 2, 1, [(1, 7), (11, 11)]),
        ("0111001100010", 1, 1, [(1, 3), (6, 7), (11, 11)]),
        ("0111001100010", 3, 1, [(1, 11)]),
        ("0111001100010", 0, 3, [(1, 3)]),
        ("1111", 0, 4, [(0, 3)]),
        ("1111", 0, 5, []),
        ("0000", 5, 1, []),
    ],
)
def test_runs_survive_short_gaps(labels: str, gap: int, least: int, expected: list[tuple[int, int]]) -> None:
    assert runs(np.array([mark == "1" for mark in labels]), gap=gap, least=least) == expected


def test_a_month_of_wild_days_in_a_calm_year_is_one_spell() -> None:
    # 300 calm sessions, 32 by turns of +3 % and, every third, 0.5 %; 100 calm ones
    returns = np.concatenate([np.full(300, 0.0005), np.tile([0.03, -0.03, 0.005, 0.03], 8), np.full(100, 0.0005)])
    closes = {name: path(returns) for name in ("AAA", "BBB", "CCC", "DDD", "EEE")}
    made = history(closes)
    (spell,) = (
        one
        for one in find_spells(made, SETTINGS, as_of=made.sessions[-1].item(), min_symbols=5)
        if one.kind == "high_volatility" and one.method == "rules"
    )
    assert spell.start_date == made.sessions[300].item()
    assert spell.end_date == made.sessions[331].item()
    assert (spell.sessions, spell.labelled_share, spell.market) == (32, 0.75, (MEAN,))


def test_the_market_is_the_first_index_with_a_return_then_the_mean() -> None:
    # SPX has no third close, so neither a third nor a fourth return; SPY begins with the third, so its first is the
    # fourth; the third is the mean of AAA (+10 %) and BBB (-2 %); VIX is not traded and SPX, SPY too few
    closes = {
        "AAA": [10.0, 10.0, 11.0, 11.0, 11.0],
        "BBB": [50.0, 50.0, 49.0, 49.0, 49.0],
        "SPX": [100.0, 101.0, np.nan, 104.0, 105.04],
        "SPY": [np.nan, np.nan, 10.0, 10.2, 10.3],
        "VIX": [20.0, 21.0, np.nan, 23.0, 24.0],
    }
    series = market_series(history(closes), market=("SPX", "SPY"), volatility_index="VIX", min_symbols=2)
    np.testing.assert_allclose(series.returns, [0.01, 0.04, 0.02, 0.01])
    assert [series.names[number] for number in series.origin] == ["SPX", MEAN, "SPY", "SPX"]
    np.testing.assert_array_equal(series.volatility_index, [21.0, np.nan, 23.0, 24.0])
    np.testing.assert_allclose(series.level, np.cumprod([1.01, 1.04, 1.02, 1.01]))


def test_a_mean_of_too_few_symbols_is_no_return() -> None:
    series = market_series(
        history({"AAA": [10.0, 11.0, 12.0], "BBB": [np.nan, 5.0, 6.0]}),
        market=("SPX",), volatility_index="VIX", min_symbols=2,
    )  # fmt: skip
    np.testing.assert_allclose(series.returns, [(12 / 11 + 6 / 5) / 2 - 1])


def test_a_price_that_is_not_positive_has_no_return_to_or_from_it() -> None:
    series = market_series(
        history({"SPX": [10.0, -1.0, 10.0, 10.5]}), market=("SPX",), volatility_index="VIX", min_symbols=1
    )
    np.testing.assert_allclose(series.returns, [0.05])


def test_spells_before_there_are_enough_symbols_are_left_out() -> None:
    spells = find_spells(sample_history(), SETTINGS, as_of=SAMPLE_AS_OF, min_symbols=26)
    # 25 tradable series of the sample have begun by 2013; the factor ETFs do on 2014-01-02
    assert date(2014, 1, 2) <= min(spell.start_date for spell in spells) < date(2016, 1, 1)
    assert find_spells(sample_history(), SETTINGS, as_of=SAMPLE_AS_OF, min_symbols=99) == ()


def test_a_misspelt_setting_is_refused() -> None:
    content = {**BLOCK["regimes"], "spells_per_knd": 3}
    with pytest.raises(ValidationError, match="spells_per_knd"):
        RegimeSettings.model_validate(content)
