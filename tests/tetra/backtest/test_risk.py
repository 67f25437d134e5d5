"""risk.yaml: what it may say, and the errors that name what it may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tetra.backtest import risk
from tetra.backtest.overlays import Financing, Overlays, Sizing
from tetra.errors import SettingsError

COSTS = "costs: {commission_bps: 1, half_spread_bps: 2}\n"


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    return lambda text: (tmp_path / "risk.yaml").write_text(text, encoding="utf-8") and None


def test_the_shipped_file_charges_costs_and_leaves_weights_alone() -> None:
    shipped = risk.load()
    assert shipped.costs.commission_bps > 0.0
    assert shipped.costs.half_spread_bps > 0.0
    assert shipped.financing.borrow_bps > 0.0
    assert shipped.overlays.are_off
    assert not shipped.by_strategy


def test_what_is_left_out_is_off(configure: Callable[[str], None]) -> None:
    configure(COSTS)
    loaded = risk.load()
    assert (loaded.financing, loaded.overlays) == (Financing(), Overlays())


def test_a_strategys_own_values_stand_over_the_common_ones(configure: Callable[[str], None]) -> None:
    configure(
        COSTS + "overlays: {stop_loss: 0.1, max_position: 0.5, sizing: {fraction: 0.8, cap: 2.0}}\n"
        "strategies: {mine: {stop_loss: 0.2, sizing: {fraction: 0.4}}, plain: {stop_loss: null}}\n"
    )
    loaded = risk.load(["mine", "plain", "other"])
    sizing = Sizing(fraction=0.8, cap=2.0)
    assert loaded.overlays_of("other") == Overlays(stop_loss=0.1, max_position=0.5, sizing=sizing)
    assert loaded.overlays_of("mine") == Overlays(stop_loss=0.2, max_position=0.5, sizing=Sizing(fraction=0.4, cap=2.0))
    assert loaded.overlays_of("plain").stop_loss is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("costs: {commission_bps: 1}", "costs needs half_spread_bps"),
        ("costs: {commission_bps: 1, half_spread_bps: 1, half_spred: 2}", "did you mean 'half_spread_bps'"),
        ("financing: {}", "costs needs commission_bps and half_spread_bps"),
        ("costs: 3", "costs must be a mapping, got 3"),
        (COSTS + "overlay: {}", "unknown key 'overlay'; did you mean 'overlays'"),
        (COSTS + "overlays: {stop_los: 0.1}", "did you mean 'stop_loss'"),
        (COSTS + "overlays: {stop_loss: 10}", "overlays: stop_loss must be a number above 0 and below 1, got 10"),
        (COSTS + "overlays: {sizing: {method: kely}}", "did you mean 'kelly'"),
        (COSTS + "overlays: {sizing: {lookback: 1}}", "lookback must be a whole number of bars, at least 2; got 1"),
        (COSTS + "financing: {borrow_bps: -1}", "borrow_bps must be a number at least 0 and below 10000, got -1"),
        (COSTS + "strategies: {mein: {stop_loss: 0.1}}", "unknown strategy 'mein'; did you mean 'mine'"),
        (COSTS + "strategies: {mine: {stop_loss: true}}", "strategies: mine: stop_loss must be a number"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(configure: Callable[[str], None], text: str, message: str) -> None:
    configure(text)
    with pytest.raises(SettingsError, match=message):
        risk.load(["mine"])
