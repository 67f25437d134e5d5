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

    def write_file(text: str, *, risk: str = "") -> None:
        (tmp_path / "strategies.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "risk.yaml").write_text(f"costs: {{commission_bps: 5.0, half_spread_bps: 5.0}}\n{risk}")

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


def test_a_hash_from_before_there_were_overlays_and_plans_still_holds(write) -> None:
    # a trial counted once must not be counted again: sha256 of the class, no overlays, and both parameters
    write(f"strategies: {{a: {{class: {SMA}}}}}")
    assert registry.find("a").config_hash == "3a919e07c1f7229b"


def test_overlays_come_from_risk_yaml_and_make_another_trial(write) -> None:
    write(f"strategies: {{a: {{class: {SMA}}}}}")
    plain = registry.find("a")
    write(f"strategies: {{a: {{class: {SMA}}}}}", risk="strategies: {a: {stop_loss: 0.1}}")
    stopped = registry.find("a")
    assert (plain.overlays.stop_loss, stopped.overlays.stop_loss) == (None, 0.1)
    assert plain.config_hash != stopped.config_hash
    assert stopped.with_parameters(fast=5).overlays == stopped.overlays


def test_overlays_of_a_strategy_that_is_not_registered_raise(write) -> None:
    write(f"strategies: {{sma: {{class: {SMA}}}}}", risk="strategies: {sna: {stop_loss: 0.1}}")
    with pytest.raises(SettingsError, match="unknown strategy 'sna'; did you mean 'sma'"):
        registry.load()


def test_other_parameters_are_built_and_checked_like_those_of_the_file(write) -> None:
    write(f"strategies: {{a: {{class: {SMA}}}, b: {{class: {SMA}, parameters: {{fast: 5}}}}}}")
    entry = registry.find("a")
    assert entry.with_parameters(fast=5).config_hash == registry.find("b").config_hash
    with pytest.raises(StrategyError, match="strategy 'a': unknown parameter 'fsat'; did you mean 'fast'"):
        entry.with_parameters(fsat=5)
    with pytest.raises(StrategyError, match="strategy 'a': fast must be at least 1 and below slow; got 60 and 50"):
        entry.with_parameters(fast=60)


def planned(block: str) -> str:
    return f"strategies: {{mine: {{class: {SMA}, walk_forward: {block}}}}}"


SIZES = "train_size: 504, test_size: 126"


def test_every_combination_of_a_grid_is_a_trial_beside_the_strategy_itself(write) -> None:
    write(planned(f"{{grid: {{slow: [100, 200], fast: [10, 20]}}, {SIZES}}}"))
    entry = registry.find("mine")
    tried = [combination.parameters for combination in entry.combinations()]
    assert tried == [{"fast": fast, "slow": slow} for fast in (10, 20) for slow in (100, 200)]
    trials = registry.trial_entries(entry)
    assert len({trial.config_hash for trial in trials}) == 5
    assert trials[0] is entry
    # a combination is the trial it would be under a name of its own
    assert trials[1].config_hash == entry.with_parameters(fast=10, slow=100).config_hash
    assert {trial.name for trial in trials} == {"mine"}


def test_without_a_plan_a_strategy_is_one_trial(write) -> None:
    write(f"strategies: {{a: {{class: {SMA}}}}}")
    entry = registry.find("a")
    assert registry.trial_entries(entry) == (entry,)
    with pytest.raises(StrategyError, match="strategy 'a' has no walk_forward block"):
        entry.combinations()


def test_a_plan_makes_another_trial(write) -> None:
    write(f"strategies: {{a: {{class: {SMA}}}}}")
    plain = registry.find("a").config_hash
    write(planned(f"{{grid: {{fast: [10, 20]}}, {SIZES}}}"))
    rolling = registry.find("mine").config_hash
    write(planned(f"{{grid: {{fast: [10, 20]}}, {SIZES}, method: expanding}}"))
    assert len({plain, rolling, registry.find("mine").config_hash}) == 3


def test_a_combination_the_strategy_refuses_raises_unless_the_plan_skips_it(write) -> None:
    grid = "grid: {fast: [10, 60], slow: [50, 100]}"
    write(planned(f"{{{grid}, {SIZES}}}"))
    with pytest.raises(StrategyError, match=r"fast must be .* below slow; got 60 and 50; .* skip_invalid: true"):
        registry.load()
    write(planned(f"{{{grid}, {SIZES}, skip_invalid: true}}"))
    tried = [tuple(entry.parameters.values()) for entry in registry.find("mine").combinations()]
    assert tried == [(10, 50), (10, 100), (60, 100)]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("[fast]", "walk_forward must be a mapping with grid and test_size"),
        (f"{{{SIZES}}}", "walk_forward needs grid"),
        ("{grid: {fast: [5, 10]}, train_size: 504}", "walk_forward needs test_size"),
        (f"{{grid: [fast], {SIZES}}}", "grid must be a mapping of parameters to values"),
        (f"{{grid: {{}}, {SIZES}}}", "grid is empty"),
        (f"{{grid: {{fast: 10}}, {SIZES}}}", "grid: fast needs a list of values to try, got 10"),
        (f"{{grid: {{fast: [10, 10]}}, {SIZES}}}", "grid: fast lists 10 twice"),
        (f"{{grid: {{fast: [10]}}, {SIZES}}}", "its grid leaves 1 of them to choose from"),
        (f"{{grid: {{fsat: [10, 20]}}, {SIZES}, skip_invalid: true}}", "unknown parameter 'fsat'; did you mean 'fast'"),
        (f"{{grid: {{fast: [10, 2.5]}}, {SIZES}, skip_invalid: true}}", "fast must be int, got 2.5"),
        (f"{{gird: {{fast: [10, 20]}}, {SIZES}}}", "unknown key 'gird'; did you mean 'grid'"),
        (f"{{grid: {{fast: [5, 10]}}, {SIZES}, method: roling}}", "unknown method 'roling'; did you mean 'rolling'"),
        (
            f"{{grid: {{fast: [5, 10]}}, {SIZES}, criterion: sharpe}}",
            "unknown criterion 'sharpe'; did you mean 'sharpe_r",
        ),
        (f"{{grid: {{fast: [5, 10]}}, {SIZES}, criterion: annualized_volatility}}", "unknown criterion"),
        (
            f"{{grid: {{fast: [5, 10]}}, {SIZES}, purged_size: -1}}",
            "purged_size must be a whole number of bars, at least 0",
        ),
        (f"{{grid: {{fast: [5, 10]}}, {SIZES}, embargo_size: 5}}", "embargo_size is 5; method rolling never trains on"),
        (
            f"{{grid: {{fast: [5, 10]}}, {SIZES}, method: k_fold}}",
            "train_size is 504; method k_fold trains on all others",
        ),
        (f"{{grid: {{fast: [5, 10]}}, {SIZES}, skip_invalid: 1}}", "skip_invalid must be true or false, got 1"),
        ("{grid: {fast: [5, 10]}, test_size: 126}", "method rolling needs train_size"),
        ("{grid: {fast: [5, 10]}, test_size: 2.5}", "test_size must be a whole number of bars, at least 2; got 2.5"),
        ("{grid: {fast: [5, 10]}, test_size: 126, train_size: true}", "train_size must be a whole number of bars"),
    ],
)
def test_a_mistake_in_a_plan_is_named(write, block: str, message: str) -> None:
    write(planned(block))
    with pytest.raises(StrategyError, match=f"strategy 'mine'.*{message}"):
        registry.load()


def test_a_grid_may_not_change_what_is_traded(write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "walked_pair.py").write_text(
        "from dataclasses import dataclass\n"
        "import numpy as np\n"
        "from tetra.strategies.base import LegsStrategy\n\n\n"
        "@dataclass(frozen=True)\n"
        "class Pair(LegsStrategy):\n"
        "    category = 'relative_value'\n"
        "    warmup = 1\n"
        "    def target_weights(self, prices):\n"
        "        return np.zeros_like(prices.close)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    pairs = "[[[KO, PEP]], [[V, MA]]]"
    write(
        "strategies: {mine: {class: walked_pair.Pair, parameters: {groups: [[KO, PEP]]},"
        f" walk_forward: {{grid: {{groups: {pairs}}}, {SIZES}}}}}}}"
    )
    with pytest.raises(StrategyError, match="its grid changes the symbols it trades or reads"):
        registry.load()


def test_every_criterion_is_a_metric_of_returns() -> None:
    from tetra.backtest.columns import METRICS, RETURN_METRICS
    from tetra.strategies.walk_forward_plan import CRITERIA

    assert set(CRITERIA) <= set(METRICS[:RETURN_METRICS])


def test_the_least_bars_of_a_plan_make_one_fold(write) -> None:
    from tetra.backtest.folds import purged_k_folds, walk_forward_folds

    write(planned(f"{{grid: {{fast: [5, 10]}}, {SIZES}, purged_size: 5}}"))
    plan = registry.find("mine").walk_forward
    assert len(walk_forward_folds(plan.least_bars, train_size=504, test_size=126, purged_size=5)) == 1
    write(planned("{grid: {fast: [5, 10]}, method: k_fold, test_size: 126}"))
    plan = registry.find("mine").walk_forward
    assert len(purged_k_folds(plan.least_bars, test_size=126)) == 2


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
    with pytest.raises(SettingsError, match=r"strategies\.yaml does not exist"):
        registry.load()


def test_every_enabled_strategy_is_warm_on_the_last_warm_up_bar() -> None:
    # its decision there is filled on the first bar of the window; a bar short would cost it that day in every scenario
    from tetra.scenarios.catalogue import load_catalogue

    warmup_bars = load_catalogue().settings.warmup_bars
    tried = [trial for registered in registry.enabled() for trial in registry.trial_entries(registered)]
    slow = {f"{trial.name} {trial.parameters}": trial.strategy.warmup for trial in tried}
    assert slow
    assert {name: warmup for name, warmup in slow.items() if warmup > warmup_bars} == {}
