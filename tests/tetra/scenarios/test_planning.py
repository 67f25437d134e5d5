from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.tetra.scenarios.builders import AS_OF, make_history, small_catalogue

from tetra.data.prices import PriceHistory
from tetra.errors import ScenarioError
from tetra.scenarios.catalogue import SCENARIO_TYPES, Catalogue
from tetra.scenarios.planning import Plan, plan_scenarios
from tetra.scenarios.randomness import digest, stream

HISTORY = make_history()
CATALOGUE = small_catalogue()


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


def test_there_is_a_plan_for_every_event_and_path() -> None:
    made = plans()
    assert len(made) == 19 + 2 + 2
    assert [name for name in made if made[name].scenario_type != "historical"] == [
        "Bootstrap 001", "Bootstrap 002", "Monte Carlo 001", "Monte Carlo 002",
    ]  # fmt: skip
    assert set(plans(types=("bootstrap",))) == {"Bootstrap 001", "Bootstrap 002"}


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
    synthetic = {"Bootstrap 001", "Bootstrap 002", "Monte Carlo 001", "Monte Carlo 002"}
    lookback_start = int(HISTORY.sessions.size - 505)
    assert synthetic <= changed(with_close(lookback_start))
    assert not synthetic & changed(with_close(lookback_start - 1))
    in_window = int(np.searchsorted(HISTORY.sessions, np.datetime64("2020-03-23")))
    assert {"COVID-19", "COVID-19 Market Crash", "Post-COVID Recovery Rally"} <= changed(with_close(in_window))
    assert "AI Boom 2023" not in changed(with_close(in_window))


def test_a_seed_changes_only_what_is_random() -> None:
    before, after = hashes(plans()), hashes(plans(seed=8))
    assert {name for name in before if before[name] != after[name]} == {
        "Bootstrap 001", "Bootstrap 002", "Monte Carlo 001", "Monte Carlo 002",
    }  # fmt: skip


def test_a_setting_changes_only_what_it_is_about() -> None:
    before = hashes(plans())
    blocks = hashes(plans(catalogue=small_catalogue(monte_carlo__initial_variance="unconditional")))
    assert {name for name in before if before[name] != blocks[name]} == {"Monte Carlo 001", "Monte Carlo 002"}


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
