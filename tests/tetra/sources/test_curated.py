"""The list of events: the one shipped, and each way of getting it wrong."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tetra.data.universe import load_universe
from tetra.errors import SettingsError, SourceUnavailable
from tetra.settings import load_yaml
from tetra.sources.curated import CuratedSource
from tetra.sources.record_types import (
    GEOPOLITICAL_CATEGORIES,
    SECURITY_CATEGORIES,
    GeopoliticalEvent,
    RecordRequest,
    SecurityEvent,
)
from tetra.sources.registry import Registry

ALWAYS = (date(1990, 1, 1), date(2030, 12, 31))


@pytest.fixture(scope="module")
def curated() -> CuratedSource:
    return CuratedSource(file="events.yaml")


def geopolitical(source: CuratedSource, start: date, end: date) -> tuple[GeopoliticalEvent, ...]:
    (batch,) = source.geopolitical_events(RecordRequest({"*": "*"}, start, end))
    assert (batch.source, batch.served, batch.rejected) == ("curated:events.yaml", frozenset({"*"}), ())
    return batch.records


def security(source: CuratedSource, start: date, end: date) -> tuple[SecurityEvent, ...]:
    (batch,) = source.security_events(RecordRequest({"*": "*"}, start, end))
    assert (batch.source, batch.served, batch.rejected) == ("curated:events.yaml", frozenset({"*"}), ())
    return batch.records


@pytest.mark.parametrize(
    ("event_id", "started_on"),
    [
        ("september-11-attacks-2001", date(2001, 9, 11)),
        ("iraq-invasion-2003", date(2003, 3, 20)),
        ("brexit-referendum-2016", date(2016, 6, 23)),
        ("section-301-tariffs-2018", date(2018, 7, 6)),
        ("abqaiq-attack-2019", date(2019, 9, 14)),
        ("russia-invades-ukraine-2022", date(2022, 2, 24)),
        ("hamas-attacks-israel-2023", date(2023, 10, 7)),
    ],
)
def test_geopolitical_events_stand_at_their_days(curated, event_id, started_on):
    found = {event.event_id: event.started_on for event in geopolitical(curated, *ALWAYS)}
    assert found[event_id] == started_on


@pytest.mark.parametrize(
    ("event_id", "disclosed_on", "symbols"),
    [
        ("target-breach-2013", date(2013, 12, 19), ("TGT",)),
        ("sony-pictures-attack-2014", date(2014, 11, 24), ("SONY",)),
        ("wannacry-2017", date(2017, 5, 12), ("MSFT",)),
        ("equifax-breach-2017", date(2017, 9, 7), ("EFX",)),
        ("solarwinds-2020", date(2020, 12, 13), ()),
        ("crowdstrike-outage-2024", date(2024, 7, 19), ("CRWD", "MSFT")),
    ],
)
def test_security_events_stand_at_the_day_the_public_learned_of_them(curated, event_id, disclosed_on, symbols):
    found = {event.event_id: (event.disclosed_on, event.symbols) for event in security(curated, *ALWAYS)}
    assert found[event_id] == (disclosed_on, symbols)


def test_the_shipped_list_is_long_enough_and_every_category_of_security_occurs(curated):
    assert len(geopolitical(curated, *ALWAYS)) >= 20
    assert {event.category for event in geopolitical(curated, *ALWAYS)} == set(GEOPOLITICAL_CATEGORIES)
    assert len(security(curated, *ALWAYS)) >= 15
    assert {event.category for event in security(curated, *ALWAYS)} == set(SECURITY_CATEGORIES)


def test_every_symbol_of_the_shipped_list_is_an_instrument_and_the_group_of_those_hit_names_the_companies(curated):
    universe = load_universe()
    events = (*geopolitical(curated, *ALWAYS), *security(curated, *ALWAYS))
    named = {symbol for event in events for symbol in event.symbols}
    assert named <= set(universe.instruments)
    stocks = {symbol for symbol in named if universe.instruments[symbol].asset_class == "stock"}
    assert stocks == set(universe.groups["hit_by_security_events"])


def test_every_reference_names_a_year(curated):
    events = (*geopolitical(curated, *ALWAYS), *security(curated, *ALWAYS))
    years = {str(year) for year in range(1999, 2027)}
    assert [event.event_id for event in events if not any(year in event.reference for year in years)] == []


def test_only_events_of_the_range_are_given_and_both_ends_belong_to_it(curated):
    found = geopolitical(curated, date(2022, 2, 24), date(2022, 10, 7))
    assert [event.event_id for event in found] == ["russia-invades-ukraine-2022", "chip-export-controls-2022"]
    (disclosed,) = security(curated, date(2019, 7, 29), date(2019, 7, 29))
    assert (disclosed.event_id, disclosed.occurred_on) == ("capital-one-breach-2019", date(2019, 3, 22))
    assert security(curated, date(2019, 3, 22), date(2019, 3, 22)) == ()  # it had happened, and nobody knew


def test_days_without_an_event_are_an_answer_and_not_a_refusal(curated):
    assert geopolitical(curated, date(2022, 2, 25), date(2022, 2, 25)) == ()


def test_it_has_no_prices(curated):
    with pytest.raises(SourceUnavailable, match="source 'curated' has no earnings"):
        next(curated.earnings(RecordRequest({}, *ALWAYS)))


def test_the_registry_makes_it_from_the_shipped_configuration():
    assert isinstance(Registry().client("curated"), CuratedSource)


def shipped(kind: str, event_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    content = load_yaml("events.yaml")
    entry: dict[str, Any] = content[kind][event_id]
    return content, entry


@pytest.mark.parametrize(
    ("kind", "event_id", "key", "value", "message"),
    [
        ("geopolitical_events", "paris-attacks-2015", "category", "terorism", "did you mean 'terrorism'"),
        ("geopolitical_events", "paris-attacks-2015", "started_on", "2015-11", "started_on must be a day"),
        ("geopolitical_events", "paris-attacks-2015", "started_on", datetime(2015, 11, 13, 21), "must be a day"),
        ("geopolitical_events", "paris-attacks-2015", "ended_on", date(2015, 11, 12), "lies before started_on"),
        ("geopolitical_events", "paris-attacks-2015", "regions", ["France"], "ISO 3166 codes"),
        ("geopolitical_events", "paris-attacks-2015", "regions", "FR", "regions must be a list"),
        ("geopolitical_events", "paris-attacks-2015", "regions", [False], "ISO 3166 codes"),  # Norway, unquoted
        ("geopolitical_events", "paris-attacks-2015", "reference", " ", "reference must be text"),
        ("geopolitical_events", "paris-attacks-2015", "refrence", "x", "did you mean 'reference'"),
        ("security_events", "wannacry-2017", "category", "ransom", "did you mean 'ransomware'"),
        ("security_events", "wannacry-2017", "occurred_on", date(2017, 5, 13), "lies before occurred_on"),
        ("security_events", "wannacry-2017", "symbols", [True], "symbols must be a list of symbols"),
        ("security_events", "wannacry-2017", "regions", ["GB"], "unknown key 'regions'"),
        ("security_events", "wannacry-2017", "name", 2017, "name must be text, found 2017"),
    ],
)
def test_a_mistake_is_named_with_its_entry(tmp_path: Path, monkeypatch, kind, event_id, key, value, message):
    content, entry = shipped(kind, event_id)
    entry[key] = value
    (tmp_path / "events.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    with pytest.raises(SettingsError) as raised:
        CuratedSource(file="events.yaml")
    assert f"events.yaml, {kind}.{event_id}" in str(raised.value)
    assert message in str(raised.value)


@pytest.mark.parametrize("event_id", ["Paris 2015", "paris_2015", 2015])
def test_an_id_that_could_not_last_is_refused(tmp_path: Path, monkeypatch, event_id):
    content, entry = shipped("geopolitical_events", "paris-attacks-2015")
    content["geopolitical_events"][event_id] = entry
    (tmp_path / "events.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    with pytest.raises(SettingsError, match="lower case words and digits joined by hyphens"):
        CuratedSource(file="events.yaml")


def test_a_file_without_one_of_its_lists_is_refused(tmp_path: Path, monkeypatch):
    (tmp_path / "events.yaml").write_text(yaml.safe_dump({"geopolitical_events": {}}))
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    with pytest.raises(SettingsError, match="key 'security_events' is missing"):
        CuratedSource(file="events.yaml")
