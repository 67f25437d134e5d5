from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.tetra.scenarios.builders import AS_OF, make_history, small_catalogue

from tetra.data.market_context import MarketContext
from tetra.data.prices import PriceHistory
from tetra.errors import ScenarioError
from tetra.scenarios.catalogue import SCENARIO_TYPES, Catalogue, load_catalogue
from tetra.scenarios.exposures_factors import MacroSeries
from tetra.scenarios.planning import Plan, plan_scenarios
from tetra.scenarios.randomness import digest, stream

HISTORY = make_history()
CATALOGUE = small_catalogue()
STOCHASTIC = {"Bootstrap 001", "Bootstrap 002", "Monte Carlo 001", "Monte Carlo 002"}
STRESS = {scenario.name for scenario in CATALOGUE.stress.scenarios}


def plans(
    *,
    catalogue: Catalogue = CATALOGUE,
    history: PriceHistory = HISTORY,
    seed: int = 7,
    types: tuple[str, ...] = SCENARIO_TYPES,
) -> dict[str, Plan]:
    made = plan_scenarios(catalogue, history, as_of=AS_OF, seed=seed, scenario_types=types)
    return {plan.name: plan for plan in made}


def hashes(made: dict[str, Plan]) -> dict[str, str]:
    return {name: plan.input_hash for name, plan in made.items()}


def changed(history: PriceHistory) -> set[str]:
    before, after = hashes(plans()), hashes(plans(history=history))
    return {name for name in before if before[name] != after[name]}


def with_close(column: int) -> PriceHistory:
    other = replace(HISTORY, close=HISTORY.close.copy())
    other.close[0, column] *= 1.01
    return other


def test_there_is_a_plan_for_every_event_spell_path_and_shock() -> None:
    made = plans()
    counts = Counter(plan.scenario_type for plan in made.values())
    spells = counts.pop("regime")
    assert spells > 0
    assert counts == {"historical": 19, "full_history": 1, "bootstrap": 2, "monte_carlo": 2, "stress": 14}
    assert len(made) == 38 + spells
    assert set(plans(types=("bootstrap",))) == {"Bootstrap 001", "Bootstrap 002"}


def test_the_default_set_is_131_scenarios_beside_the_full_history_regimes_and_two_shocks() -> None:
    counts = Counter(plan.scenario_type for plan in plans(catalogue=load_catalogue()).values())
    wanted = {"historical": 19, "bootstrap": 50, "monte_carlo": 50, "stress": 12 + 2}
    assert {name: counts[name] for name in wanted} == wanted
    assert counts["full_history"] == 1


@pytest.mark.parametrize("name", ["Bootstrap 002", "Monte Carlo 001", "COVID-19"])
def test_the_same_seed_gives_the_same_arrays_in_any_order(name: str) -> None:
    first = [plan.make() for plan in plans().values()]
    again, checks = plans()[name].make()
    scenario, before = next(made for made in first if made[0].name == name)
    assert scenario.bars is not None
    assert again.bars is not None
    for one, other in zip(scenario.bars.fields, again.bars.fields, strict=True):
        np.testing.assert_array_equal(one, other)
    assert checks == before
    assert again.expected_return == scenario.expected_return


def test_another_seed_or_name_gives_another_path() -> None:
    one, same_seed = plans()["Bootstrap 001"].make()[0], plans()["Bootstrap 002"].make()[0]
    other_seed = plans(seed=8)["Bootstrap 001"].make()[0]
    assert one.expected_return != same_seed.expected_return
    assert one.expected_return != other_seed.expected_return
    assert (one.seed, other_seed.seed) == (7, 8)


def test_a_random_stream_depends_on_seed_and_name_alone() -> None:
    # computed with NumPy 2.4; if these move, every synthetic scenario moves: say so in the CHANGELOG
    assert stream(7, "Bootstrap 001").integers(0, 504, 6).tolist() == [107, 262, 377, 313, 427, 382]
    assert stream(7, "Bootstrap 002").integers(0, 504, 6).tolist() == [217, 491, 490, 187, 113, 44]


def test_only_scenarios_that_read_a_changed_bar_are_made_again() -> None:
    synthetic = STOCHASTIC | STRESS
    lookback_start = int(HISTORY.sessions.size - 505)
    assert synthetic <= changed(with_close(lookback_start))
    assert not synthetic & changed(with_close(lookback_start - 1))
    in_window = int(np.searchsorted(HISTORY.sessions, np.datetime64("2020-03-23")))
    assert {"COVID-19", "COVID-19 Market Crash", "Post-COVID Recovery Rally"} <= changed(with_close(in_window))
    assert "AI Boom 2023" not in changed(with_close(in_window))


def test_a_seed_changes_only_what_is_random() -> None:
    before, after = hashes(plans()), hashes(plans(seed=8))
    assert {name for name in before if before[name] != after[name]} == STOCHASTIC | STRESS


def touched(**changes: Any) -> set[str]:
    before, after = hashes(plans()), hashes(plans(catalogue=small_catalogue(**changes)))
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_a_setting_changes_only_what_it_is_about() -> None:
    assert touched(monte_carlo__initial_variance="unconditional") == {"Monte Carlo 001", "Monte Carlo 002"}
    assert touched(stress__severity="extreme") == STRESS
    assert touched(bootstrap__paths=3) == {"Bootstrap 003"}
    # shocks are put on bootstrapped paths
    assert touched(bootstrap__season="quarter") == STRESS | {"Bootstrap 001", "Bootstrap 002"}


def test_closes_alone_are_another_scenario_with_the_same_closes() -> None:
    alone = plan_scenarios(CATALOGUE, HISTORY, as_of=AS_OF, seed=7, scenario_types=SCENARIO_TYPES, closes_only=True)
    before = plans()
    changed_plans = {plan.name: plan for plan in alone if plan.input_hash != before[plan.name].input_hash}
    assert set(changed_plans) == STOCHASTIC
    for name, plan in changed_plans.items():
        whole, path = before[name].make()[0].bars, plan.make()[0].bars
        assert whole is not None
        assert path is not None
        np.testing.assert_allclose(path.close, whole.close, rtol=1e-12)
        assert np.isfinite(whole.open).any()
        assert not np.isfinite(np.stack([path.open, path.high, path.low, path.volume])).any()


@pytest.mark.parametrize("method", ["filtered_historical", "gbm", "multivariate_t", "regime_switching"])
def test_every_monte_carlo_method_makes_joint_bars_from_the_last_close(method: str) -> None:
    catalogue = small_catalogue(monte_carlo__method=method)
    scenario, checks = plans(catalogue=catalogue)["Monte Carlo 001"].make()
    assert scenario.bars is not None
    assert scenario.parameters["method"] == method
    assert {check.check_name: check.status for check in checks}["impossible_prices"] == "PASS"
    traded = scenario.bars.close[scenario.is_tradable]
    assert np.isfinite(traded).all()
    first = np.log(traded[:, 0] / scenario.base_close[scenario.is_tradable])
    assert (np.abs(first) < 0.2).all()
    assert np.isnan(scenario.bars.open[scenario.symbols.index("EEE")]).all(), "no field is made up"
    levels = HISTORY.close[HISTORY.symbols.index("VIX"), -504:]
    assert np.isin(scenario.bars.close[scenario.symbols.index("VIX")], levels).all()


def test_methods_differ_and_say_what_they_found() -> None:
    found = {}
    for method in ("filtered_historical", "gbm", "multivariate_t", "regime_switching"):
        scenario, _ = plans(catalogue=small_catalogue(monte_carlo__method=method))["Monte Carlo 001"].make()
        found[scenario.expected_return] = scenario.parameters
    assert len(found) == 4
    names = set().union(*found.values())
    assert {"garch_fallbacks", "shrinkage", "degrees_of_freedom", "state_shares"} <= names


def test_releases_after_the_as_of_date_change_no_shock() -> None:
    series = MacroSeries(
        observed_on=np.array(["2022-12-01", "2023-01-01"], dtype="datetime64[D]"),
        released_on=np.array(["2022-12-15", "2023-01-15"], dtype="datetime64[D]"),
        values=np.array([3.5, 3.6]),
    )
    known = MacroSeries(series.observed_on[:1], series.released_on[:1], series.values[:1])
    made = [
        plan_scenarios(
            CATALOGUE,
            HISTORY,
            as_of=AS_OF,
            seed=7,
            scenario_types=["stress"],
            context=MarketContext({}, {"DGS10": releases}),
        )
        for releases in (series, known)
    ]
    assert [plan.input_hash for plan in made[0]] == [plan.input_hash for plan in made[1]]


def test_too_short_a_history_leaves_synthetic_scenarios_not_covered_with_the_reason() -> None:
    short = make_history(start=date(2022, 1, 3))
    for name in ("Bootstrap 001", "Monte Carlo 001"):
        scenario, checks = plans(history=short)[name].make()
        assert scenario.status == "not_covered"
        assert scenario.reason == "249 sessions of history up to 2022-12-28, 505 are needed"
        assert checks == ()
        assert not any(entry.is_included for entry in scenario.coverage)


def test_too_few_complete_symbols_leave_synthetic_scenarios_not_covered() -> None:
    holed = replace(HISTORY, close=HISTORY.close.copy())
    holed.close[0, -3] = np.nan
    scenario, _ = plans(history=holed)["Bootstrap 001"].make()
    assert scenario.reason == "4 tradable symbols have all of the last 505 sessions up to 2022-12-28, 5 are needed"


def test_a_history_that_does_not_end_at_the_as_of_date_is_refused() -> None:
    with pytest.raises(ScenarioError, match="ends with 2022-12-28, not with the as-of date 2022-12-27"):
        plan_scenarios(CATALOGUE, HISTORY, as_of=date(2022, 12, 27), seed=7, scenario_types=["bootstrap"])


def test_digests_tell_shapes_types_and_order_apart() -> None:
    numbers = np.arange(6.0)
    assert digest(numbers) == digest(numbers.copy())
    assert len({digest(numbers), digest(numbers.reshape(2, 3)), digest(numbers.astype(np.float32))}) == 3
    assert digest(["a"], ["b"]) != digest(["b"], ["a"])
    assert digest({"x": 1, "y": 2}) == digest({"y": 2, "x": 1})
