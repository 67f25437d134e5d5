"""Earnings, events and index membership from files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tetra.errors import SettingsError, SourceUnavailable
from tetra.settings import load_yaml
from tetra.sources.files import FilesSource
from tetra.sources.record_types import (
    EarningsReport,
    EconomicEvent,
    GeopoliticalEvent,
    MembershipSpell,
    RecordBatch,
    RecordRequest,
    SecurityEvent,
)

YEARS = (date(1990, 1, 1), date(2030, 1, 1))
LAYOUTS: dict[str, Any] = {
    **load_yaml("sources.yaml")["sources"]["files"]["layouts"],
    "earnings": {
        "columns": {
            "symbol": "ticker",
            "announced_on": "day",
            "announcement_time": "time",
            "eps_reported": "eps",
            "eps_estimate": "estimate",
        }
    },
    "last_days": {"end_is": "last_day", "columns": {"ticker": "ticker", "valid_from": "from", "valid_to": "to"}},
    "releases": {
        "columns": {"event_name": "name", "event_date": "day", "series_ids": "series", "importance": "weight"},
        "list_separator": "|",
    },
}
YEAR = (
    "symbol,year,reported_eps_q1,reported_eps_q2,reported_eps_q3,reported_eps_q4,"
    "eps_estimate_q1,eps_estimate_q2,eps_estimate_q3,eps_estimate_q4"
)


def source(kind: str, path: Path, layout: str, **more: Any) -> FilesSource:
    return FilesSource(layouts=LAYOUTS, **{kind: {"mine": {"path": str(path), "layout": layout, **more}}})


def request(*symbols: str, span: tuple[date, date] = YEARS, series_ids: tuple[str, ...] = ()) -> RecordRequest:
    return RecordRequest({symbol: symbol for symbol in symbols}, *span, series_ids)


def write(folder: Path, *rows: str) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join([*rows, ""]))
    return path


def earnings(path: Path, layout: str, *symbols: str, **more: Any) -> RecordBatch[EarningsReport]:
    (batch,) = source("earnings", path, layout).earnings(request(*symbols, **more))
    return batch


def test_an_announcement_belongs_to_the_quarter_of_its_day(tmp_path: Path):
    rows = ("AAPL,2024-02-01,amc,2.18,2.10", "AAPL,2024-05-02,,,1.50", "ZZZ,2024-05-02,,,x")
    batch = earnings(write(tmp_path, "ticker,day,time,eps,estimate", *rows), "earnings", "AAPL", "MSFT")
    assert batch.records == (
        EarningsReport("AAPL", date(2024, 1, 1), date(2024, 2, 1), "after_close", 2.18, 2.10),
        EarningsReport("AAPL", date(2024, 4, 1), date(2024, 5, 2), None, None, 1.50),
    )
    assert (batch.served, batch.rejected) == ({"AAPL"}, ())


def test_a_year_in_one_row_is_a_report_per_quarter_that_has_one(tmp_path: Path):
    path = write(tmp_path, YEAR, "A,2024,1.29,nan,1.32,,1.22,1.19,nan,nan")
    batch = earnings(path, "earnings_by_year", "A")
    assert batch.records == (
        EarningsReport("A", date(2024, 1, 1), None, None, 1.29, 1.22),
        EarningsReport("A", date(2024, 4, 1), None, None, None, 1.19),
        EarningsReport("A", date(2024, 7, 1), None, None, 1.32, None),
    )
    span = (date(2024, 6, 30), date(2024, 6, 30))
    assert [one.announced_quarter for one in earnings(path, "earnings_by_year", "A", span=span).records] == [
        date(2024, 4, 1)
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("AAPL,,amc,1,1", "it has no day of announcement"),
        ("AAPL,2024-13-01,amc,1,1", "announced_on '2024-13-01' is not a date"),
        ("AAPL,2024-05-01,noon,1,1", "announcement_time 'noon' is none of before_open, during_session"),
        ("AAPL,2024-05-01,amc,one,1", "eps_reported 'one' is not a number"),
        (",2024-05-01,amc,1,1", "it has no symbol"),
    ],
)
def test_earnings_with_a_bad_field_are_set_aside(tmp_path: Path, row: str, reason: str):
    path = write(tmp_path, "ticker,day,time,eps,estimate", "AAPL,2024-02-01,amc,2.18,2.10", row)
    batch = earnings(path, "earnings", "AAPL")
    assert len(batch.records) == 1
    (record,) = batch.rejected
    assert record.key == "mine|table.csv|line 3"
    assert record.reason.startswith(reason)


def test_a_year_that_is_none_is_set_aside(tmp_path: Path):
    batch = earnings(
        write(tmp_path, YEAR, "A,20x4,1,1,1,1,1,1,1,1", "A,2024.5,1,1,1,1,1,1,1,1"), "earnings_by_year", "A"
    )
    assert [record.reason for record in batch.rejected] == [
        "year '20x4' is not a number (table.csv)",
        "year 2024.5 is not a year (table.csv)",
    ]


def test_releases_carry_their_moment_and_the_series_asked_for(tmp_path: Path):
    rows = ("Employment Situation,2024-03-08 08:30,275,200,229", "Beige Book,2024-03-06,,,")
    path = write(tmp_path, "event,date,actual,forecast,previous", *rows)
    layout = {**LAYOUTS["economic_calendar"], "columns": {**LAYOUTS["economic_calendar"]["columns"]}}
    del layout["columns"]["country"]
    block = {"path": str(path), "layout": "own", "constants": {"country": "US", "series_ids": "PAYEMS;UNRATE"}}
    client = FilesSource(layouts={"own": layout}, economic_events={"mine": block})
    (batch,) = client.economic_events(request(series_ids=("UNRATE", "GDP")))
    assert batch.records == (
        EconomicEvent(
            "Employment Situation",
            date(2024, 3, 8),
            "US",
            datetime(2024, 3, 8, 13, 30, tzinfo=UTC),
            ("UNRATE",),
            None,
            275.0,
            200.0,
            229.0,
        ),
        EconomicEvent("Beige Book", date(2024, 3, 6), "US", series_ids=("UNRATE",)),
    )
    assert batch.served == {"*"}
    with pytest.raises(SourceUnavailable, match="no economic event from 2025-01-01"):
        list(client.economic_events(request(span=(date(2025, 1, 1), date(2025, 1, 2)))))


def test_releases_of_mere_days_say_their_weight(tmp_path: Path):
    path = write(tmp_path, "name,day,series,weight", "CPI,2024-03-12,CPIAUCSL|CPILFESL,High", "CPI,,CPIAUCSL,Low")
    client = source("economic_events", path, "releases", constants={"country": "US"})
    (batch,) = client.economic_events(request(series_ids=("CPILFESL", "CPIAUCSL")))
    (event,) = batch.records
    assert (event.series_ids, event.importance, event.event_at) == (("CPIAUCSL", "CPILFESL"), "high", None)
    assert [record.reason for record in batch.rejected] == ["it has no day of release (table.csv)"]


def test_geopolitical_events_are_those_that_began_in_the_range(tmp_path: Path):
    path = write(
        tmp_path,
        "event_id,name,category,started_on,ended_on,regions,reference",
        "a-war,A war,war,2022-02-24,,UA;RU,A paper",
        "a-vote,A vote,election,2016-11-08,2016-11-08,US,A paper",
        "no-paper,A rumour,war,2022-02-25,,US,",
    )
    client = source("geopolitical_events", path, "geopolitical_events")
    (batch,) = client.geopolitical_events(request(span=(date(2022, 1, 1), date(2022, 12, 31))))
    assert batch.records == (
        GeopoliticalEvent("a-war", "A war", "war", date(2022, 2, 24), "A paper", None, ("RU", "UA")),
    )
    assert batch.served == {"*"}
    assert [record.reason for record in batch.rejected] == ["it has no reference (table.csv)"]
    (quiet,) = client.geopolitical_events(request(span=(date(2023, 1, 1), date(2023, 12, 31))))
    assert (quiet.records, quiet.served) == ((), {"*"})  # the list is all there is: none began then


def test_security_events_name_the_symbols_that_are_asked_for(tmp_path: Path):
    path = write(
        tmp_path,
        "event_id,name,category,disclosed_on,symbols,reference",
        "a-breach,A breach,data_breach,2017-09-07,EFX;ZZZ,A filing",
    )
    (batch,) = source("security_events", path, "security_events").security_events(request("EFX"))
    assert batch.records == (
        SecurityEvent("a-breach", "A breach", "data_breach", date(2017, 9, 7), "A filing", symbols=("EFX",)),
    )


def spells(path: Path, layout: str, **more: Any) -> RecordBatch[MembershipSpell]:
    client = source("index_membership", path, layout, constants={"index_name": "sp500"}, **more)
    (batch,) = client.index_membership(request(span=(date(2024, 1, 1), date(2024, 1, 1))))
    return batch


def test_every_spell_of_every_ticker_is_given_whatever_is_asked_for(tmp_path: Path):
    path = write(tmp_path, "ticker,start_date,end_date", "FB,2013-12-23,2022-06-09", "NAN,2022-06-09,", "GE,soon,")
    batch = spells(path, "index_spells")
    assert batch.records == (
        MembershipSpell("sp500", "FB", date(2013, 12, 23), date(2022, 6, 9)),
        MembershipSpell("sp500", "NAN", date(2022, 6, 9)),
    )
    assert batch.served == {"*"}
    assert [record.reason for record in batch.rejected] == ["valid_from 'soon' is not a date of the layout (table.csv)"]


def test_a_last_day_as_a_member_is_followed_by_the_first_day_out(tmp_path: Path):
    batch = spells(write(tmp_path, "ticker,from,to", "FB,2013-12-23,2022-06-08"), "last_days")
    assert batch.records[0].valid_to == date(2022, 6, 9)


def test_an_end_must_be_said_to_be_the_last_day_or_the_first_out():
    layout = {"columns": {"ticker": "t", "valid_from": "f", "valid_to": "u"}}
    block = {"path": "a.d/b.csv", "layout": "own", "constants": {"index_name": "sp500"}}
    with pytest.raises(SettingsError, match="has valid_to; say end_is: first_day_out or last_day"):
        FilesSource(layouts={"own": layout}, index_membership={"mine": block})


def test_a_year_without_its_quarters_is_refused():
    layout = {"columns": {"symbol": "s", "year": "y"}}
    with pytest.raises(SettingsError, match="a year needs columns such as 'eps_reported_q1'"):
        FilesSource(layouts={"own": layout}, earnings={"mine": {"path": "a/b.csv", "layout": "own"}})


def test_real_earnings_by_year_stand_in_the_calendar_quarter_of_the_announcement(market_data: Path):
    path = market_data / "earnings/annual_earnings.csv.xz"
    batch = earnings(path, "earnings_by_year", "AAPL", "NKE")
    assert batch.rejected == ()
    held = {(one.symbol, one.announced_quarter): one for one in batch.records}
    # Apple told of its first fiscal quarter of 2025 on 2025-01-30: 2.40 a share
    assert held["AAPL", date(2025, 1, 1)].eps_reported == 2.40
    # Nike told of its first of 2025 on 2024-10-01, a day later than usual, and so none from July to September
    assert ("NKE", date(2024, 7, 1)) not in held
    assert held["NKE", date(2024, 10, 1)].eps_reported == 0.70


def test_real_days_of_announcement_are_read_whole(market_data: Path):
    path = market_data / "earnings/announcement_dates.csv"
    tickers = {line.split(",")[0].strip('"') for line in path.read_text().splitlines()[1:]}
    batch = earnings(path, "announcement_dates", *sorted(tickers))
    assert (len(batch.records), batch.rejected) == (21_170, ())


def test_real_spells_end_on_the_day_that_others_begin(market_data: Path):
    batch = spells(market_data / "membership/sp500_ticker_start_end.csv", "index_spells")
    assert (len(batch.records), batch.rejected) == (1_230, ())
    ends = {one.valid_to for one in batch.records} - {None}
    begins = {one.valid_from for one in batch.records}
    assert len(ends & begins) > 0.8 * len(ends)  # 503 of 581: the end is the first day out
    on = date(2024, 9, 23)  # AAL, BIO and ETSY left, DELL, ERIE and PLTR entered
    members = {
        one.ticker for one in batch.records if one.valid_from <= on and (one.valid_to is None or on < one.valid_to)
    }
    assert members.isdisjoint({"AAL", "BIO", "ETSY"})
    assert members >= {"DELL", "ERIE", "PLTR"}
