"""``strategies.yaml``: what is read, and every mistake named with the nearest valid value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tetra.errors import SettingsError, StrategyError
from tetra.strategies import registry

SMA = "tetra.strategies.sma_cross.SmaCross"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))

    def write_file(text: str) -> None:
        (tmp_path / "strategies.yaml").write_text(text, encoding="utf-8")

    return write_file


def test_the_shipped_file_registers_the_promised_strategies() -> None:
    enabled = {entry.name: entry for entry in registry.enabled()}
    assert {"buy_and_hold", "cash", "sma_20_50", "rsi_14_reversion", "momentum_12_1"} <= set(enabled)
    assert enabled["sma_20_50"].parameters == {"fast": 20, "slow": 50}
    assert len({entry.config_hash for entry in registry.load()}) == len(registry.load())


def test_parameters_left_out_take_the_defaults_and_hash_alike(write) -> None:
    write(f"strategies: {{a: {{class: {SMA}}}}}")
    left_out = registry.find("a")
    write(f"strategies: {{b: {{class: {SMA}, parameters: {{slow: 50, fast: 20}}}}}}")
    spelled_out = registry.find("b")
    assert left_out.parameters == {"fast": 20, "slow": 50}
    assert left_out.config_hash == spelled_out.config_hash


def test_other_parameters_are_another_trial(write) -> None:
    write(f"strategies: {{a: {{class: {SMA}}}, b: {{class: {SMA}, parameters: {{fast: 21}}}}}}")
    assert registry.find("a").config_hash != registry.find("b").config_hash


def test_a_disabled_strategy_is_registered_but_not_assessed(write) -> None:
    write(f"strategies: {{a: {{class: {SMA}}}, b: {{class: {SMA}, parameters: {{fast: 5}}, enabled: false}}}}")
    assert [entry.name for entry in registry.load()] == ["a", "b"]
    assert [entry.name for entry in registry.enabled()] == ["a"]


def test_an_unknown_strategy_offers_the_nearest_name() -> None:
    with pytest.raises(StrategyError, match="unknown strategy 'sma_20_5'; did you mean 'sma_20_50'"):
        registry.find("sma_20_5")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (f"{{class: {SMA}, parameters: {{fsat: 20}}}}", "unknown parameter 'fsat'; did you mean 'fast'"),
        (f"{{class: {SMA}, parameters: {{fast: 20.5}}}}", "fast must be int, got 20.5"),
        (f"{{class: {SMA}, parameters: {{fast: true}}}}", "fast must be int, got True"),
        (f"{{class: {SMA}, parameters: {{fast: 60}}}}", "got 60 and 50"),
        (f"{{class: {SMA}, parameters: [20]}}", "parameters must be a mapping"),
        (f"{{class: {SMA}, enabeld: true}}", "unknown key 'enabeld'; did you mean 'enabled'"),
        (f"{{class: {SMA}, enabled: 1}}", "enabled must be true or false, got 1"),
        ("{class: tetra.strategies.sma_cross.SmaCros}", "unknown class .*'SmaCros'; did you mean 'SmaCross'"),
        ("{class: tetra.strategies.smacross.SmaCross}", "cannot import"),
        ("{class: SmaCross}", "cannot import"),
        ("{class: tetra.strategies.base.PriceBlock}", "not a frozen dataclass derived from Strategy"),
        ("{parameters: {fast: 20}}", "needs a mapping with 'class'"),
        ("3", "needs a mapping with 'class'"),
    ],
)
def test_a_mistake_in_an_entry_is_named(write, entry: str, message: str) -> None:
    write(f"strategies: {{mine: {entry}}}")
    with pytest.raises(StrategyError, match=f"strategy 'mine'.*{message}"):
        registry.load()


def test_one_configuration_under_two_names_raises(write) -> None:
    write(f"strategies: {{a: {{class: {SMA}}}, b: {{class: {SMA}}}}}")
    with pytest.raises(StrategyError, match=r"'a' and 'b' .* are one configuration"):
        registry.load()


@pytest.mark.parametrize("text", ["strategies: {}", "strategies: [a]", "other: 1"])
def test_a_file_without_strategies_raises(write, text: str) -> None:
    write(text)
    with pytest.raises(StrategyError, match="needs a mapping 'strategies'"):
        registry.load()


def test_no_enabled_strategy_raises(write) -> None:
    write(f"strategies: {{a: {{class: {SMA}, enabled: false}}}}")
    with pytest.raises(StrategyError, match="no strategy is enabled"):
        registry.enabled()


def test_a_missing_file_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    with pytest.raises(SettingsError, match="does not exist"):
        registry.load()


def test_every_enabled_strategy_is_warm_on_the_last_warm_up_bar() -> None:
    # its decision there is filled on the first bar of the window; a bar short would cost it that day in every scenario
    from tetra.scenarios.catalogue import load_catalogue

    warmup_bars = load_catalogue().settings.warmup_bars
    slow = {registered.name: registered.strategy.warmup for registered in registry.enabled()}
    assert slow
    assert {name: warmup for name, warmup in slow.items() if warmup > warmup_bars} == {}
