"""News, events and membership on their way into their tables, on a real PostgreSQL."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tetra.data.scripted_records import ScriptedRecords

from tetra.data.ingest import IngestRequest, ingest
from tetra.data.ingest_report import IngestReport, TableReport
from tetra.errors import SourceUnavailable
from tetra.sources import registry
from tetra.sources.record_types import (
    EVERYTHING,
    Article,
    EarningsReport,
    EconomicEvent,
    GeopoliticalEvent,
    MembershipSpell,
    RecordBatch,
    SecurityEvent,
    VendorScore,
)

pytestmark = pytest.mark.postgres

WEEK = IngestRequest(date(2015, 6, 1), date(2015, 6, 5))
QUARTER = date(2015, 4, 1)
STOCK = {"name": "A", "asset_class": "stock", "sector": "Energy", "exchange": "DT-X", "currency": "USD"}
TABLES = (
    "news.sentiment",
    "news.mentions",
    "news.articles",
    "events.earnings",
    "events.economic_events",
    "events.geopolitical_events",
    "events.security_events",
    "market_data.index_membership",
)
ARTICLE = Article(
    headline="Profits surge at A",
    published_on=date(2015, 6, 2),
    published_at=datetime(2015, 6, 2, 14, 30, tzinfo=UTC),
    symbols=("DT-A",),
    url="https://example.org/a",
    publisher="Example",
)
REPORT = EarningsReport("DT-A", QUARTER, date(2015, 6, 3), "after_close", 1.25, 1.2)
RELEASE = EconomicEvent("DT Employment Situation", date(2015, 6, 5), "US", series_ids=("DT-RATE",), importance="high")
WAR = GeopoliticalEvent("dt-war", "A war", "war", date(2015, 6, 1), "A gazette, 2015-06-02", regions=("US",))
BREACH = SecurityEvent("dt-breach", "A breach", "data_breach", date(2015, 6, 4), "Form 8-K", symbols=("DT-A",))
SPELL = MembershipSpell("dt_index", "DT-OLD", date(2010, 1, 4), date(2014, 1, 6))


@pytest.fixture
def serve(writer: Any, owner_connection: Any, tmp_path: Path, monkeypatch: Any) -> Iterator[Callable[..., None]]:
    """``serve(news=[...], ...)``: what the source gives; ``also=`` what a second one does, asked after it."""
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    for name in ("first", "second"):
        monkeypatch.setitem(registry.CLIENTS, name, "tests.tetra.data.scripted_records:ScriptedRecords")
    universe = {
        "exchanges": {"DT-X": {"name": "Stocks", "calendar": "XNYS", "timezone": "America/New_York"}},
        "groups": {},
        "instruments": {"DT-A": {**STOCK, "former_tickers": ["DT-OLD"]}, "DT-B": STOCK},
        "indicators": {"DT-RATE": {"name": "A rate", "unit": "percent", "frequency": "monthly"}},
        "indices": {"dt_index": {"name": "An index"}},
    }
    (tmp_path / "universe.yaml").write_text(yaml.safe_dump(universe))

    def configure(*, also: dict[str, list[Any]] | None = None, combine: bool = False, **answers: list[Any]) -> None:
        ScriptedRecords.answers = {"first": answers, "second": also or {}}
        ScriptedRecords.asked.clear()
        names = ["first"] if also is None else ["first", "second"]
        kinds = {kind: {"sources": names, "required": False, "combine": combine} for kind in {*answers, *(also or {})}}
        kinds |= {kind: {"sources": [], "required": False} for kind in ("bars", "macro")}
        sources = {name: {"script": name} for name in names}
        (tmp_path / "sources.yaml").write_text(yaml.safe_dump({"kinds": kinds, "sources": sources}))

    yield configure
    writer.rollback()
    for table in TABLES:
        owner_connection.execute(f"delete from {table}")  # no other test of this folder keeps records
    owner_connection.commit()


def batch(*records: Any, served: tuple[str, ...] = ("DT-A",), source: str = "first:test") -> RecordBatch[Any]:
    return RecordBatch(source, records, frozenset(served))


def table(report: IngestReport, name: str) -> TableReport:
    return next(found for found in report.tables if found.table == name)


def counts(report: IngestReport, name: str) -> tuple[int, int, int, int, int]:
    found = table(report, name)
    return found.inserted, found.updated, found.unchanged, found.rejected, found.deleted


def select(connection: Any, query: str) -> list[tuple[Any, ...]]:
    rows = connection.execute(query).fetchall()
    connection.commit()
    return rows


def everything() -> dict[str, list[Any]]:
    return {
        "news": [batch(ARTICLE)],
        "earnings": [batch(REPORT)],
        "economic_events": [batch(RELEASE, served=(EVERYTHING,))],
        "geopolitical_events": [batch(WAR, served=(EVERYTHING,))],
        "security_events": [batch(BREACH, served=(EVERYTHING,))],
        "index_membership": [batch(SPELL, served=(EVERYTHING,))],
    }


def test_every_kind_lands_and_the_same_again_writes_nothing(writer: Any, serve: Any) -> None:
    serve(**everything())
    first = ingest(writer, WEEK)
    assert {found.table: found.inserted for found in first.tables} == {
        "news.articles": 1,
        "news.mentions": 1,
        "news.sentiment": 1,  # by the lexicon: no score came with the article
        "events.earnings": 1,
        "events.economic_events": 1,
        "events.geopolitical_events": 1,
        "events.security_events": 1,
        "market_data.index_membership": 1,
    }
    versions = " union all ".join(f"select '{name}' as name, xmin::text as version from {name}" for name in TABLES)
    before = select(writer, f"{versions} order by 1")
    second = ingest(writer, WEEK)
    assert not second.changed
    assert select(writer, f"{versions} order by 1") == before


def test_a_moment_lands_in_utc_and_lists_as_arrays(writer: Any, serve: Any) -> None:
    serve(**everything())
    ingest(writer, WEEK)
    moment = (
        "select to_char(published_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), published_on::text from news.articles"
    )
    assert select(writer, moment) == [("2015-06-02 14:30", "2015-06-02")]
    assert select(writer, "select series_ids from events.economic_events") == [(["DT-RATE"],)]
    assert select(writer, "select symbols from events.security_events") == [(["DT-A"],)]


def test_a_revision_updates_and_a_withdrawn_announcement_goes(writer: Any, serve: Any) -> None:
    scheduled = EarningsReport("DT-A", QUARTER, date(2015, 6, 30), eps_estimate=1.3)
    moved = replace(scheduled, announced_quarter=date(2015, 7, 1), announced_on=date(2015, 7, 2))
    serve(earnings=[batch(REPORT, scheduled)])
    ingest(writer, WEEK)
    serve(earnings=[batch(replace(REPORT, eps_reported=1.27), moved)])
    assert counts(ingest(writer, WEEK), "events.earnings") == (1, 1, 0, 0, 1)
    kept = "select announced_on::text, eps_reported from events.earnings order by announced_on"
    assert select(writer, kept) == [("2015-06-03", 1.27), ("2015-07-02", None)]


def test_what_was_reported_is_never_withdrawn(writer: Any, serve: Any) -> None:
    serve(earnings=[batch(REPORT)])
    ingest(writer, WEEK)
    serve(earnings=[batch(EarningsReport("DT-A", QUARTER, date(2015, 6, 30), eps_estimate=1.3))])
    assert counts(ingest(writer, WEEK), "events.earnings") == (1, 0, 0, 0, 0)


def test_a_release_that_moved_and_a_spell_told_otherwise_replace_the_old_ones(writer: Any, serve: Any) -> None:
    serve(**everything())
    ingest(writer, WEEK)
    later = replace(RELEASE, event_date=date(2015, 6, 8))
    longer = replace(SPELL, valid_from=date(2009, 1, 5))
    serve(
        economic_events=[batch(later, served=(EVERYTHING,))],
        index_membership=[batch(longer, served=(EVERYTHING,))],
    )
    report = ingest(writer, WEEK)
    assert counts(report, "events.economic_events") == (1, 0, 0, 0, 1)
    assert counts(report, "market_data.index_membership") == (1, 0, 0, 0, 1)


def test_membership_under_a_former_ticker_is_the_instruments(writer: Any, serve: Any) -> None:
    serve(index_membership=[batch(SPELL, MembershipSpell("dt_index", "DT-GONE", date(2000, 1, 3)), served=("*",))])
    ingest(writer, WEEK)
    rows = select(writer, "select ticker, symbol from market_data.index_membership order by ticker")
    assert rows == [("DT-GONE", None), ("DT-OLD", "DT-A")]


def test_an_article_found_twice_is_one_with_both_mentions(writer: Any, serve: Any) -> None:
    of_b = replace(ARTICLE, symbols=("DT-B",))
    serve(news=[batch(ARTICLE), batch(of_b, served=("DT-B",))])
    report = ingest(writer, WEEK)
    assert counts(report, "news.articles") == (1, 0, 0, 0, 0)
    assert select(writer, "select symbol from news.mentions order by 1") == [("DT-A",), ("DT-B",)]
    serve(news=[batch(of_b, served=("DT-B",))])  # a run for one symbol takes no mention from the other
    assert not ingest(writer, replace(WEEK, symbols=("DT-B",))).changed


def test_a_vendors_score_is_kept_under_its_name_and_no_lexicon_overrides_it(writer: Any, serve: Any) -> None:
    scored = replace(ARTICLE, scores=(VendorScore(None, 0.4), VendorScore("DT-A", -0.25, 0.9)))
    serve(news=[batch(scored)])
    ingest(writer, WEEK)
    rows = select(writer, "select symbol, scorer, score, relevance from news.sentiment order by symbol nulls first")
    assert rows == [(None, "first:test", 0.4, None), ("DT-A", "first:test", -0.25, 0.9)]


def test_a_bad_record_is_set_aside_with_its_reason_and_forgotten_once_it_is_right(writer: Any, serve: Any) -> None:
    serve(earnings=[batch(replace(REPORT, eps_reported=math.inf), replace(REPORT, symbol="DT-NOBODY"))])
    assert counts(ingest(writer, WEEK), "events.earnings") == (0, 0, 0, 2, 0)
    reasons = "select record_key, reason from quality.rejected_records where table_name = 'events.earnings' order by 1"
    assert select(writer, reasons) == [
        ("DT-A|2015-04-01|2015-06-03", "reported earnings per share are inf"),
        ("DT-NOBODY|2015-04-01|2015-06-03", "symbol 'DT-NOBODY' is not in universe.yaml"),
    ]
    serve(earnings=[batch(REPORT)])
    ingest(writer, WEEK)
    assert [key for key, _ in select(writer, reasons)] == ["DT-NOBODY|2015-04-01|2015-06-03"]


def test_the_next_source_is_asked_for_what_the_first_has_not(writer: Any, serve: Any) -> None:
    of_b = replace(REPORT, symbol="DT-B")
    serve(earnings=[batch(REPORT)], also={"earnings": [batch(of_b, served=("DT-B",), source="second:test")]})
    assert counts(ingest(writer, WEEK), "events.earnings") == (2, 0, 0, 0, 0)
    assert [(script, set(wanted.tickers)) for script, _, wanted in ScriptedRecords.asked] == [
        ("first", {"DT-A", "DT-B"}),
        ("second", {"DT-B"}),
    ]


def test_where_sources_combine_each_is_asked_for_everything(writer: Any, serve: Any) -> None:
    other = replace(ARTICLE, url="https://example.org/b", headline="A falls")
    serve(news=[batch(ARTICLE)], also={"news": [batch(other, source="second:test")]}, combine=True)
    assert counts(ingest(writer, WEEK), "news.articles") == (2, 0, 0, 0, 0)
    assert [set(wanted.tickers) for _, _, wanted in ScriptedRecords.asked] == [{"DT-A", "DT-B", "*"}] * 2


def test_a_source_that_cannot_serve_is_noted_and_the_rest_is_landed(writer: Any, serve: Any) -> None:
    serve(news=[SourceUnavailable("no key: set TETRA_X")], earnings=[batch(REPORT)])
    report = ingest(writer, WEEK)
    assert table(report, "news.articles").notes == ("no key: set TETRA_X",)
    assert counts(report, "events.earnings") == (1, 0, 0, 0, 0)


def test_scheduled_announcements_are_asked_for_a_quarter_ahead_and_news_of_the_closed_days(
    writer: Any, serve: Any
) -> None:
    serve(**everything())
    ingest(writer, IngestRequest(date(2015, 6, 1), date(2015, 6, 1)))  # a Monday
    spans = {kind: (wanted.start, wanted.end) for _, kind, wanted in ScriptedRecords.asked}
    assert spans["news"] == (date(2015, 5, 30), date(2015, 6, 1))
    assert spans["earnings"] == (date(2015, 5, 30), date(2015, 9, 9))
