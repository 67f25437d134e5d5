"""What a run may ask for, and what it is told when it asks for something else."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tests.tetra.scenarios.builders import small_catalogue

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.errors import SettingsError
from tetra.scenarios.catalogue import SCENARIO_TYPES
from tetra.scenarios.request import GenerationRequest, known_fields, known_severity, parse_types

SESSIONS = sessions_between(STOCK_CALENDAR, date(2020, 1, 2), date(2022, 12, 28))
CATALOGUE = small_catalogue()


@pytest.mark.parametrize(
    ("words", "types"),
    [
        ((), SCENARIO_TYPES),
        (("all",), SCENARIO_TYPES),
        (("stochastic",), ("bootstrap", "monte_carlo")),
        (("stress", "historical"), ("historical", "stress")),
        (("monte_carlo", "stochastic"), ("bootstrap", "monte_carlo")),
    ],
)
def test_words_stand_for_types_in_the_order_they_are_made(words: tuple[str, ...], types: tuple[str, ...]) -> None:
    assert GenerationRequest(types=words).scenario_types == types


def test_words_may_come_with_commas() -> None:
    assert parse_types(["stress, regime", "bootstrap"]) == ("stress", "regime", "bootstrap")


def test_a_wrong_word_is_refused_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="unknown scenario type 'stochastik'; did you mean 'stochastic'"):
        parse_types(["stochastik"])
    with pytest.raises(SettingsError, match="unknown severity 'extrem'; did you mean 'extreme'"):
        known_severity("extrem")
    with pytest.raises(SettingsError, match="unknown fields 'closes'; did you mean 'close'"):
        known_fields("closes")
    assert known_severity(None) is None


def test_nothing_asked_for_leaves_the_catalogue_as_it_is() -> None:
    assert GenerationRequest().apply(CATALOGUE, SESSIONS) == CATALOGUE


def test_a_number_of_scenarios_is_of_each_stochastic_family() -> None:
    changed = GenerationRequest(num_scenarios=500).apply(CATALOGUE, SESSIONS)
    assert (changed.bootstrap.paths, changed.monte_carlo.paths) == (500, 500)
    assert changed.stress == CATALOGUE.stress
    with pytest.raises(SettingsError, match="num_scenarios is 0; give a whole number above 0"):
        GenerationRequest(num_scenarios=0).apply(CATALOGUE, SESSIONS)


def test_a_severity_is_of_the_stress_scenarios_alone() -> None:
    changed = GenerationRequest(severity="extreme").apply(CATALOGUE, SESSIONS)
    assert changed.stress.severity == "extreme"
    assert changed.model_copy(update={"stress": CATALOGUE.stress}) == CATALOGUE


def test_full_cycles_can_be_left_out() -> None:
    changed = GenerationRequest(include_full_cycles=False).apply(CATALOGUE, SESSIONS)
    assert {event.family for event in changed.historical} == {"bull", "crisis"}
    assert len(changed.historical) == 11


def test_a_start_date_is_where_draws_begin_and_no_episode_is_dropped() -> None:
    changed = GenerationRequest(start_date=date(2022, 1, 3)).apply(CATALOGUE, SESSIONS)
    assert changed.settings.lookback_sessions == int((np.datetime64("2022-01-03") <= SESSIONS).sum()) - 1
    assert changed.historical == CATALOGUE.historical


def test_a_start_date_too_late_names_the_latest_that_would_do() -> None:
    latest = SESSIONS[-61].item()
    with pytest.raises(
        SettingsError, match=f"leaves 59 sessions to draw from, 60 are needed; give {latest} or an earl"
    ):
        GenerationRequest(start_date=SESSIONS[-60].item()).apply(CATALOGUE, SESSIONS)
    at_the_edge = GenerationRequest(start_date=latest).apply(CATALOGUE, SESSIONS)
    assert at_the_edge.settings.lookback_sessions == 60


@pytest.mark.parametrize(
    ("paths", "fields", "stored"),
    [(150, None, "all"), (151, None, "close"), (151, "all", "all"), (2, "close", "close")],
)
def test_many_paths_store_closes_alone_unless_asked(paths: int, fields: str | None, stored: str) -> None:
    request = GenerationRequest(num_scenarios=paths, fields=known_fields(fields))
    assert request.stored_fields(request.apply(CATALOGUE, SESSIONS)) == stored
