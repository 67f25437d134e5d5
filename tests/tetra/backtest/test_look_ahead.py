"""The guard catches every way of peeking we know, names the bar, and lets the honest pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.tetra.backtest import peeking

from tetra.backtest.audit_prices import BARS_BEYOND_WARMUP
from tetra.backtest.look_ahead import CUTS, Movement, audit, require_no_look_ahead
from tetra.errors import LookAheadError, StrategyError
from tetra.strategies.base import PriceBlock, Strategy
from tetra.strategies.price_block import from_close
from tetra.strategies.sma_cross import SmaCross
from tetra.typing import FloatArray

N_BARS = BARS_BEYOND_WARMUP["single"] + 5
PAIRS = (("KO", "PEP"), ("XOM", "CVX"))


def moved(strategy: Strategy, **options: Any) -> Movement:
    found = audit(strategy, name="peeking", **options)
    assert found is not None, f"{strategy} peeks and was let through"
    return found


@pytest.mark.parametrize(
    ("strategy", "bars_ahead"),
    [
        (peeking.TomorrowsClose(), 1),
        (peeking.TomorrowsSign(), 1),
        (peeking.CentredWindow(), 2),
        (peeking.FullSampleScore(), N_BARS - 1),
        (peeking.EarlyEarnings(), 1),
        (peeking.EarlySentiment(), 1),
        (peeking.EarlyReference(), 1),
        (peeking.NextSessionsMonth(), 1),
        (peeking.FullSampleHedge(groups=PAIRS), BARS_BEYOND_WARMUP["legs"] + 4),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Strategy) else "",
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_who_peeks_on_every_bar_is_caught_on_the_first_and_as_far_as_it_sees(
    strategy: Strategy, bars_ahead: int, seed: int
) -> None:
    found = moved(strategy, seed=seed)
    assert (found.bar, found.cut - found.bar) == (0, bars_ahead), str(found)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_peek_on_a_single_bar_is_caught_there(seed: int) -> None:
    far = moved(peeking.OneBarOfOneSeries(), seed=seed)
    assert (far.symbol, far.bar, far.cut) == ("MADE03", 150, 250)
    near = moved(peeking.OneBarAheadOnce(), seed=seed)
    assert (near.bar, near.cut) == (150, 151)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_panel_that_breaks_ties_with_tomorrow_is_caught_on_a_day_it_decides(seed: int) -> None:
    found = moved(peeking.TieBreakingPanel(), seed=seed)
    assert found.bar % 21 == 20, f"decisions are taken on bars 20, 41, 62 …; {found}"
    assert found.cut == found.bar + 1
    assert audit(peeking.CountingPanel(), name="honest", seed=seed) is None


def test_a_filled_gap_is_caught_where_a_gap_is() -> None:
    found = moved(peeking.BackfilledGaps())
    assert found.cut > found.bar
    assert found.symbol in {"MADE01", "MADE03", "MADE05", "MADE07"}, "the others have no gaps"


def test_legs_are_audited_group_by_group_under_their_own_names() -> None:
    assert moved(peeking.FullSampleHedge(groups=PAIRS)).symbol == "PEP"
    assert moved(peeking.FullSampleHedge(groups=PAIRS[::-1])).symbol == "CVX"


@pytest.mark.parametrize("strategy", [peeking.SummingFromTheEnd(), peeking.KnownCalendar(), peeking.CountingPanel()])
@pytest.mark.parametrize("seed", range(5))
def test_the_honest_pass(strategy: Strategy, seed: int) -> None:
    assert audit(strategy, name="honest", seed=seed) is None


def test_the_error_says_who_where_and_what_was_changed() -> None:
    with pytest.raises(LookAheadError) as raised:
        require_no_look_ahead(peeking.TomorrowsClose(), name="oracle")
    said = str(raised.value)
    assert said.startswith(
        "strategy 'oracle' looks ahead: the weight of MADE00 on bar 0 moved when only bars from 1 on"
    )
    assert said.endswith("; use bars up to the current one only")


def test_other_prices_can_be_audited_on() -> None:
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(5).normal(0.0, 0.02, (3, 300)), axis=1))
    assert moved(peeking.TomorrowsClose(), prices=from_close(close)).symbol == "0"
    assert audit(peeking.SummingFromTheEnd(), name="honest", prices=from_close(close)) is None


def test_legs_need_prices_of_all_their_symbols() -> None:
    prices = from_close(np.full((1, 300), 100.0))
    with pytest.raises(StrategyError, match="the prices to audit on lack KO"):
        audit(peeking.FullSampleHedge(groups=(("0", "KO"),)), name="pair", prices=prices)


class _ChangesPrices(peeking.Rule):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        prices.close[:, 0] = 1.0
        return np.zeros(prices.close.shape)


class _ChangesReference(peeking.EarlyReference):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        prices.reference("VIX")[:] = 1.0
        return np.zeros(prices.close.shape)


def test_a_rule_that_changes_what_it_is_given_raises() -> None:
    with pytest.raises(StrategyError, match="'careless' changes the close it is given"):
        require_no_look_ahead(_ChangesPrices(), name="careless")
    with pytest.raises(StrategyError, match="'careless' changes the VIX it is given"):
        require_no_look_ahead(_ChangesReference(), name="careless")


class _NeverWarm(peeking.Rule):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        return np.full(prices.close.shape, np.nan)


def test_a_rule_that_is_never_warm_cannot_be_audited() -> None:
    with pytest.raises(StrategyError, match=f"'silent' gives no weight on {N_BARS} bars"):
        require_no_look_ahead(_NeverWarm(), name="silent")


class _NeverTrades(peeking.Rule):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        return np.where(np.isnan(prices.close), np.nan, 0.0)


def test_the_guard_says_whether_there_was_anything_to_see() -> None:
    assert require_no_look_ahead(SmaCross(3, 8), name="busy")
    assert not require_no_look_ahead(_NeverTrades(), name="idle")


class _Fails(peeking.Rule):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        raise KeyError("GLD")


def test_a_rule_that_fails_is_named() -> None:
    with pytest.raises(StrategyError, match=rf"strategy 'broken' fails on {N_BARS} bars: KeyError\('GLD'\)"):
        require_no_look_ahead(_Fails(), name="broken")


def test_every_kind_has_cuts_after_decisions_and_elsewhere() -> None:
    assert all(CUTS[kind] >= 4 for kind in ("single", "legs", "panel"))


def test_a_strategy_that_needs_more_bars_than_there_are_is_refused_at_once() -> None:
    with pytest.raises(StrategyError, match="'endless' needs 5000000 bars before its first weight"):
        audit(SmaCross(fast=20, slow=5_000_000), name="endless")
