from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.tetra.scenarios.builders import small_content

from tetra.calendars import STOCK_CALENDAR, is_session
from tetra.errors import SettingsError
from tetra.scenarios.catalogue import load_catalogue, parse_catalogue


def test_the_catalogue_holds_the_19_named_events_in_their_families() -> None:
    events = load_catalogue().historical
    assert Counter(event.family for event in events) == {"bull": 8, "crisis": 3, "full_cycle": 8}


def test_the_multipliers_and_symbols_that_the_design_fixes_are_there() -> None:
    events = {event.name: event for event in load_catalogue().historical}
    assert {
        name: event.volatility_multiplier for name, event in events.items() if event.volatility_multiplier != 1
    } == {
        "GameStop Squeeze 2021": 5,
        "COVID-19 Market Crash": 3.5,
        "Silicon Valley Bank Collapse": 2,
        "Fed Rate Hikes 2022": 1.8,
    }
    squeeze = events["GameStop Squeeze 2021"]
    assert squeeze.affected_symbols == ("GME", "AMC", "BB", "NOK")
    assert squeeze.required_symbols == ("GME",)
    assert (squeeze.start_date, squeeze.end_date) == (date(2021, 1, 11), date(2021, 2, 10))


def test_every_event_starts_on_a_session_and_says_what_happened_and_who_says_so() -> None:
    for event in load_catalogue().historical:
        assert is_session(STOCK_CALENDAR, event.start_date), event.name
        assert event.key_events, event.name


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    *where, key, value = path

    def change(content: dict[str, Any]) -> None:
        found: Any = content
        for part in where:
            found = found[part]
        found[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            _set("historical", 0, "famly", "bull"),
            "'Dot-Com Bubble Peak' famly: unknown key 'famly'; did you mean 'family'",
        ),
        (_set("historical", 0, "family", "crysis"), "unknown family 'crysis'; did you mean 'crisis'"),
        (
            _set("historical", 0, "start_date", "1999-13-01"),
            "'Dot-Com Bubble Peak' start_date: '1999-13-01' is not valid",
        ),
        (
            _set("historical", 0, "end_date", "1998-01-02"),
            "end_date 1998-01-02 lies before start_date 1999-01-04",
        ),
        (
            _set("historical", 0, "key_events", 0, "date", "2009-01-02"),
            "key event of 2009-01-02 lies outside the window",
        ),
        (_set("historical", 0, "name", "COVID-19"), "'COVID-19' is named twice"),
        (_set("historical", 0, "volatility_multiplier", 0), "volatility_multiplier: 0 is not valid"),
        (_set("settings", "windw", 252), "settings windw: unknown key 'windw'; did you mean 'window'"),
        (
            _set("monte_carlo", "method", "filtered"),
            "unknown method 'filtered'; did you mean 'filtered_historical'",
        ),
        (_set("historic", []), "historic: unknown key 'historic'; did you mean 'historical'"),
    ],
)
def test_a_wrong_value_is_named_with_its_place_and_the_nearest_valid_one(
    change: Callable[[dict[str, Any]], None], message: str
) -> None:
    content = small_content()
    change(content)
    with pytest.raises(SettingsError) as caught:
        parse_catalogue(content)
    assert message in str(caught.value)


def test_a_missing_value_is_named() -> None:
    content = small_content()
    del content["settings"]["window"]
    with pytest.raises(SettingsError, match="settings window: missing; add it"):
        parse_catalogue(content)
