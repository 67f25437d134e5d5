"""Each kind of record that cannot be true is set aside, and the reason says why."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tetra.data.news_rows import article_id
from tetra.data.record_checks import KnownNames, check_records
from tetra.sources.record_types import (
    Article,
    EarningsReport,
    EconomicEvent,
    GeopoliticalEvent,
    MembershipSpell,
    RecordBatch,
    RejectedRecord,
    SecurityEvent,
    VendorScore,
)

KNOWN = KnownNames(symbols={"A", "B"}, series_ids={"UNRATE"}, indices={"sp500"})
ARTICLE = Article("Headline", date(2015, 6, 2), symbols=("A",))
REPORT = EarningsReport("A", date(2015, 4, 1), date(2015, 6, 3), None, 1.0, 1.1)
RELEASE = EconomicEvent("Employment Situation", date(2015, 6, 5), "US", series_ids=("UNRATE",))
WAR = GeopoliticalEvent("a-war", "A war", "war", date(2015, 6, 1), "A gazette")
BREACH = SecurityEvent("a-breach", "A breach", "data_breach", date(2015, 6, 4), "Form 8-K")
SPELL = MembershipSpell("sp500", "A", date(2010, 1, 4), date(2014, 1, 6))
GOOD: dict[str, Any] = {
    "news": ARTICLE,
    "earnings": REPORT,
    "economic_events": RELEASE,
    "geopolitical_events": WAR,
    "security_events": BREACH,
    "index_membership": SPELL,
}


def check(kind: Any, *records: Any) -> Any:
    return check_records(kind, RecordBatch("a:b", records, frozenset()), KNOWN)


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_a_good_record_is_kept(kind: str) -> None:
    checked = check(kind, GOOD[kind])
    assert (checked.kept.records, checked.rejected) == ((GOOD[kind],), ())


@pytest.mark.parametrize(
    ("kind", "record", "reason"),
    [
        ("news", replace(ARTICLE, headline="  "), "the headline is blank"),
        ("news", replace(ARTICLE, symbols=("A", "C")), "symbol 'C' is not in universe.yaml"),
        ("news", replace(ARTICLE, scores=(VendorScore(None, 1.5),)), "a sentiment of 1.5 is outside -1 to 1"),
        ("news", replace(ARTICLE, scores=(VendorScore(None, math.nan),)), "a sentiment of nan is outside -1 to 1"),
        ("news", replace(ARTICLE, scores=(VendorScore("A", 0.1, 2.0),)), "a relevance of 2.0 is outside 0 to 1"),
        ("earnings", replace(REPORT, symbol="C"), "symbol 'C' is not in universe.yaml"),
        (
            "earnings",
            replace(REPORT, announced_quarter=date(2015, 5, 1)),
            "2015-05-01 is not the first day of a quarter",
        ),
        ("earnings", replace(REPORT, announced_on=date(2015, 7, 1)), "announced on 2015-07-01, which is not in"),
        ("earnings", replace(REPORT, eps_reported=math.inf), "reported earnings per share are inf"),
        (
            "earnings",
            replace(REPORT, announced_on=None, eps_reported=None, eps_estimate=None),
            "neither a day nor earnings are given",
        ),
        ("economic_events", replace(RELEASE, event_name=""), "the event has no name"),
        ("economic_events", replace(RELEASE, country="usa"), "country 'usa' is no ISO 3166 code"),
        ("economic_events", replace(RELEASE, importance="huge"), "importance 'huge' is not low, medium or high"),
        ("economic_events", replace(RELEASE, series_ids=("X",)), "series 'X' is not in universe.yaml"),
        ("economic_events", replace(RELEASE, actual=math.nan), "actual is nan"),
        ("geopolitical_events", replace(WAR, category="weather"), "category 'weather' is none of war, terrorism"),
        ("geopolitical_events", replace(WAR, reference=" "), "it names no reference"),
        ("geopolitical_events", replace(WAR, ended_on=date(2015, 5, 1)), "it ended before it began"),
        ("security_events", replace(BREACH, occurred_on=date(2016, 1, 1)), "it was disclosed before it happened"),
        ("security_events", replace(BREACH, symbols=("Z",)), "symbol 'Z' is not in universe.yaml"),
        ("index_membership", replace(SPELL, index_name="sp5000"), "index 'sp5000' is not in universe.yaml, indices"),
        ("index_membership", replace(SPELL, valid_to=date(2010, 1, 4)), "it ended before it began"),
    ],
)
def test_what_cannot_be_true_is_set_aside(kind: str, record: Any, reason: str) -> None:
    checked = check(kind, GOOD[kind], record)
    assert checked.kept.records == (GOOD[kind],)
    assert checked.rejected[0].reason.startswith(reason)
    assert checked.rejected[0].source == "a:b"


def test_of_two_records_of_one_key_the_first_is_kept_and_the_other_has_a_key_of_its_own() -> None:
    checked = check("earnings", REPORT, replace(REPORT, eps_reported=2.0))
    assert checked.kept.records == (REPORT,)
    assert [(record.key, record.reason) for record in checked.rejected] == [
        ("A|2015-04-01|2015-06-03#2", "a second record of its key")
    ]


def test_what_the_source_could_not_read_stays_set_aside() -> None:
    unread = RejectedRecord("A|x", "a:b", "no date", {})
    checked = check_records("earnings", RecordBatch("a:b", (), frozenset(), (unread,)), KNOWN)
    assert checked.rejected == (unread,)


def test_an_article_has_the_same_id_whoever_finds_it() -> None:
    with_address = replace(ARTICLE, url="https://example.org/1")
    assert article_id(with_address) == article_id(replace(with_address, headline="Edited", symbols=("B",)))
    assert article_id(ARTICLE) != article_id(replace(ARTICLE, published_on=date(2015, 6, 3)))
    assert article_id(ARTICLE) != article_id(replace(ARTICLE, headline="Another"))
