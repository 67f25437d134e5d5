"""Realism cards of families: when one is due, what it is made from, and the card of the whole set."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from tests.tetra.scenarios.builders import AS_OF, make_history, small_catalogue

from tetra.scenarios.families import due_cards, judge_families, judge_set
from tetra.scenarios.planning import Plan, plan_scenarios

HISTORY = make_history()
TYPES = ("historical", "bootstrap", "monte_carlo", "stress")


def plans(*, history: Any = HISTORY, seed: int = 7, **changes: Any) -> list[Plan]:
    return plan_scenarios(small_catalogue(**changes), history, as_of=AS_OF, seed=seed, scenario_types=TYPES)


def test_families_that_imitate_their_source_are_judged_and_only_when_they_changed() -> None:
    due = due_cards(plans(), {})
    assert [card.family for card in due] == ["bootstrap", "monte_carlo"]
    held = {card.family: card.input_hash for card in due}
    assert due_cards(plans(), held) == []
    changed = due_cards(plans(monte_carlo__method="gbm"), held)
    assert [card.family for card in changed] == ["monte_carlo"]


def test_at_most_a_hundred_paths_are_judged() -> None:
    (due,) = due_cards([p for p in plans(bootstrap__paths=150) if p.scenario_type == "bootstrap"], {})
    assert len(due.names) == 100


def test_a_card_is_the_same_whenever_it_is_made() -> None:
    first, again = (judge_families(due_cards(plans(), {})) for _ in range(2))
    assert first == again
    assert {card.family for card in first} == {"bootstrap", "monte_carlo"}


def test_filtered_paths_are_judged_on_correlations_of_their_residuals() -> None:
    cards = {card.family: card for card in judge_families(due_cards(plans(), {}))}
    names = {moment.name for moment in cards["monte_carlo"].moments}
    assert {"residual_mean_correlation", "mean_correlation"} <= names
    assert "residual_mean_correlation" not in {moment.name for moment in cards["bootstrap"].moments}


def test_bootstraps_keep_the_volatility_of_their_source() -> None:
    due = due_cards(plans(bootstrap__paths=50), {})
    (card,) = judge_families(due[:1])
    volatility = next(moment for moment in card.moments if moment.name == "volatility")
    assert abs(volatility.observed / volatility.source - 1.0) < 0.1
    assert "volatility" not in card.off


def test_monte_carlo_is_judged_from_unconditional_variance_whatever_is_stored() -> None:
    (conditional, unconditional) = (
        judge_families(due_cards(plans(monte_carlo__initial_variance=name), {})[1:])[0]
        for name in ("conditional", "unconditional")
    )
    assert conditional.moments == unconditional.moments


def test_judged_paths_are_those_stored() -> None:
    made = {plan.name: plan for plan in plans()}
    source = made["Bootstrap 001"].source
    assert source is not None
    returns, residuals = source.judged_paths("bootstrap", ["Bootstrap 001", "Bootstrap 002"])
    assert residuals is None
    scenario, _ = made["Bootstrap 002"].make()
    assert scenario.bars is not None
    rows = scenario.is_tradable
    levels = np.concatenate([scenario.base_close[rows, None], scenario.bars.close[rows]], axis=1)
    np.testing.assert_allclose(returns[1], np.diff(np.log(levels), axis=1), atol=1e-12)


def test_where_nothing_can_be_drawn_there_is_no_card() -> None:
    due = due_cards(plans(history=make_history(start=date(2022, 1, 3))), {})
    assert judge_families(due) == []


def test_the_set_needs_fifty_scenarios_and_all_three_kinds_of_market() -> None:
    returns = [*np.linspace(0.1, 0.3, 20), *np.linspace(-0.04, 0.04, 20), *np.linspace(-0.3, -0.1, 10)]
    assert judge_set(returns, AS_OF).off == ()
    assert judge_set(returns[:-1], AS_OF).off == ("scenarios",)
    assert judge_set([*returns[:-1], returns[0]], AS_OF).off == ("scenarios",), "a path twice is one scenario"
    assert judge_set(list(np.linspace(0.1, 0.3, 60)), AS_OF).off == ("neutral_scenarios", "bear_scenarios")
    assert set(judge_set([None] * 60, AS_OF).off) >= {"bull_scenarios", "neutral_scenarios", "bear_scenarios"}


def test_every_stochastic_path_has_a_card_of_its_own_among_its_checks() -> None:
    for name in ("Bootstrap 001", "Monte Carlo 001"):
        plan = next(plan for plan in plans() if plan.name == name)
        _, checks = plan.make()
        card = {check.check_name: check for check in checks if check.check_name.startswith("realism_")}
        assert {"realism_volatility", "realism_excess_kurtosis", "realism_squared_autocorrelation_1"} <= set(card)
        for check in card.values():
            inside = check.lower_bound <= check.observed <= check.upper_bound
            assert check.status == ("PASS" if inside else "WARN")
