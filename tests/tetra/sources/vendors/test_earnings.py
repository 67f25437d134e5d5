"""Earnings of Polygon (Benzinga's) and Yahoo (its site, read by yfinance): announced, scheduled, unusable."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from tests.tetra.sources.vendors.answers import NEW_YORK, polygon_source, yahoo_source
from tests.tetra.sources.vendors.cases import CASES, Case
from tests.tetra.sources.vendors.earnings_answers import (
    ANNOUNCED,
    EARLY,
    REPORTED,
    SCHEDULED,
    Told,
    benzinga,
    page_of,
    polygon_earnings,
    row_of,
    yahoo_earnings,
)
from tests.tetra.sources.vendors.loopback import Reply

from tetra.data.record_checks import KnownNames, check_records
from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.record_types import EarningsReport, RecordBatch, RecordRequest

# yfinance 1.7 under pandas 3.1, its own affair
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

APPLE = RecordRequest({"AAPL": "AAPL"}, date(2020, 7, 1), date(2020, 12, 31))
EARNINGS = {name: case for name, case in CASES.items() if case.kind == "earnings"}


@pytest.fixture(params=EARNINGS.values(), ids=EARNINGS)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


def only(source: Any, request: RecordRequest = APPLE) -> RecordBatch[EarningsReport]:
    (batch,) = source.earnings(request)
    return batch


def by_day(batch: RecordBatch[EarningsReport]) -> dict[date | None, EarningsReport]:
    return {report.announced_on: report for report in batch.records}


def test_announcements_have_day_quarter_time_and_earnings_per_share(case, vendor, clock):
    vendor.answer = case.answer({"AAPL": ANNOUNCED})
    batch = only(case.make(vendor.url, clock))
    july, third = date(2020, 7, 30), date(2020, 7, 1)
    assert by_day(batch) == {
        july: EarningsReport("AAPL", third, july, "after_close", 2.58, 2.04),
        date(2020, 8, 5): EarningsReport("AAPL", third, date(2020, 8, 5), "before_open", -0.05, -0.10),
        date(2020, 10, 29): EarningsReport("AAPL", date(2020, 10, 1), date(2020, 10, 29), "after_close", None, 0.7),
    }
    assert (batch.served, batch.rejected) == ({"AAPL"}, ())
    assert batch.source.startswith(f"{case.vendor}:")


def test_announcements_of_a_vendor_may_be_landed(case, vendor, clock):
    vendor.answer = case.answer({"AAPL": ANNOUNCED})
    checked = check_records("earnings", only(case.make(vendor.url, clock)), KnownNames(["AAPL"], [], []))
    assert (len(checked.kept.records), checked.rejected) == (3, ())


def test_the_vendors_own_ticker_is_asked_for_and_ours_is_given(case, vendor, clock):
    vendor.answer = case.answer({"BRK-B": [REPORTED]})
    batch = only(case.make(vendor.url, clock), RecordRequest({"BRK.B": "BRK-B"}, APPLE.start, APPLE.end))
    assert ([report.symbol for report in batch.records], batch.served) == (["BRK.B"], {"BRK.B"})


def test_an_announcement_at_a_trading_hour_has_no_time_of_day(case, vendor, clock):
    noon = Told(datetime(2020, 7, 30, 12, tzinfo=NEW_YORK), 2.04, 2.58)  # how Yahoo wrote Apple's 16:30
    vendor.answer = case.answer({"AAPL": [noon]})
    (report,) = only(case.make(vendor.url, clock)).records
    assert (report.announced_on, report.announcement_time) == (date(2020, 7, 30), None)


def test_an_announcement_without_an_estimate_has_none(case, vendor, clock):
    vendor.answer = case.answer({"AAPL": [Told(REPORTED.at, None, 2.58), EARLY]})
    report = by_day(only(case.make(vendor.url, clock)))[REPORTED.at.date()]
    assert (report.eps_estimate, report.eps_reported) == (None, 2.58)


def test_what_is_reported_before_its_day_is_set_aside(case, vendor, clock):
    vendor.answer = case.answer({"AAPL": [Told(SCHEDULED.at, 0.7, 0.73), REPORTED]})
    batch = only(case.make(vendor.url, clock))
    assert [report.announced_on for report in batch.records] == [REPORTED.at.date()]
    (rejected,) = batch.rejected
    assert rejected.key == "AAPL|2020-10-01|2020-10-29"
    assert rejected.reason == (
        "cannot be read: ValueError earnings of 0.73 are reported before the day they are announced"
    )


# Polygon


def test_polygon_is_asked_for_all_days_in_pages_with_the_key_in_the_header(vendor, clock):
    vendor.answer = polygon_earnings({"AAPL": ANNOUNCED}, page=1, host=vendor.url)
    assert len(only(polygon_source(vendor.url, clock)).records) == 3
    assert vendor.asked[0].query == {"ticker": "AAPL", "sort": "date.asc", "limit": "1000"}
    assert {asked.headers["authorization"] for asked in vendor.asked} == {"Bearer s3cret-key"}
    assert len(vendor.asked) == 3


def test_polygon_a_plan_without_earnings_leaves_them_to_the_next_source(vendor, clock):
    refusal = {"status": "NOT_AUTHORIZED", "message": "You are not entitled to this data. Please upgrade your plan"}
    vendor.answer = lambda asked: Reply(refusal, 403)
    with pytest.raises(SourceUnavailable, match=r"403: You are not entitled.*TETRA_POLYGON_API_KEY"):
        list(polygon_source(vendor.url, clock).earnings(APPLE))


def test_polygon_a_record_that_cannot_be_used_is_set_aside_with_its_reason(vendor, clock):
    records = [
        benzinga("AAPL", REPORTED, date="30 July 2020"),
        benzinga("AAPL", REPORTED, date="2020-07-31", actual_eps="n/a"),
        benzinga("AAPL", REPORTED, date="2020-08-03", currency="CNY"),
        benzinga("AAPL", REPORTED, date="2020-08-04", time="soon"),
        benzinga("AAPL", REPORTED),
    ]
    vendor.answer = lambda asked: Reply({"status": "OK", "results": records})
    batch = only(polygon_source(vendor.url, clock))
    assert [report.announced_on for report in batch.records] == [REPORTED.at.date()]
    assert {record.key: record.reason.removeprefix("cannot be read: ValueError ") for record in batch.rejected} == {
        "AAPL|record 0": "Invalid isoformat string: '30 July 2020'",
        "AAPL|2020-07-01|2020-07-31": "could not convert string to float: 'n/a'",
        "AAPL|2020-07-01|2020-08-03": "the earnings are in CNY, the prices in USD",
        "AAPL|2020-07-01|2020-08-04": "Invalid isoformat string: 'soon'",
    }
    assert batch.rejected[1].record["actual_eps"] == "n/a"


@pytest.mark.parametrize("at", [None, "", "02:00:00"], ids=["absent", "empty", "of the day before in New York"])
def test_polygon_a_time_that_says_nothing_is_none(vendor, clock, at):
    vendor.answer = lambda asked: Reply({"status": "OK", "results": [benzinga("AAPL", REPORTED, time=at)]})
    (report,) = only(polygon_source(vendor.url, clock)).records
    assert (report.announced_on, report.announcement_time) == (REPORTED.at.date(), None)


def test_polygon_a_quarter_comes_before_the_year_that_is_announced_with_it(vendor, clock):
    year = benzinga("AAPL", REPORTED, fiscal_period="FY", actual_eps=12.7)
    vendor.answer = lambda asked: Reply({"status": "OK", "results": [year, benzinga("AAPL", REPORTED)]})
    assert [report.eps_reported for report in only(polygon_source(vendor.url, clock)).records] == [2.58, 12.7]


# Yahoo


def yahoo(vendor: Any, clock: Any, **changes: Any) -> Any:
    return yahoo_source(vendor.url, clock, pages_url=vendor.url, **changes)


def test_yahoo_is_asked_for_the_page_of_the_company_without_a_crumb(vendor, clock):
    vendor.answer = yahoo_earnings({"AAPL": ANNOUNCED})
    only(yahoo(vendor, clock))
    assert [(asked.path, asked.query) for asked in vendor.asked] == [
        ("/calendar/earnings", {"symbol": "AAPL", "offset": "0", "size": "100"})
    ]


def quarters(count: int) -> list[Told]:
    return [
        Told(datetime(2020 - n // 4, 1 + 3 * (n % 4), 20, 16, tzinfo=NEW_YORK), 1.0 + n, None) for n in range(count)
    ]


def test_yahoo_pages_are_read_as_far_back_as_the_request(vendor, clock):
    vendor.answer = yahoo_earnings({"AAPL": quarters(250)})
    batch = only(yahoo(vendor, clock), RecordRequest(APPLE.tickers, date(1990, 1, 1), APPLE.end))
    assert len(batch.records) == len(set(batch.records)) == len([q for q in quarters(250) if q.at.year >= 1990])
    assert [asked.query["offset"] for asked in vendor.asked] == ["0", "100"]


def test_yahoo_pages_that_do_not_go_on_are_an_error(vendor, clock):
    page = yahoo_earnings({"AAPL": quarters(100)})
    vendor.answer = lambda asked: page(type(asked)(asked.path, {**asked.query, "offset": "0"}, asked.headers))
    with pytest.raises(SourceError, match="the pages of the earnings of AAPL do not go on before 1996"):
        only(yahoo(vendor, clock), RecordRequest(APPLE.tickers, date(1990, 1, 1), APPLE.end))


def test_yahoo_an_amount_that_is_no_number_is_set_aside(vendor, clock):
    rows = [
        row_of("AAPL", "July 30, 2020 at 4 PM EDT", 2.04, 2.58),
        row_of("AAPL", "April 30, 2020 at 4 PM EDT", 2.26).replace("2.26", "about two"),
    ]
    vendor.answer = lambda asked: Reply(page_of(rows))
    batch = only(yahoo(vendor, clock), RecordRequest(APPLE.tickers, date(2020, 1, 1), APPLE.end))
    assert [report.eps_reported for report in batch.records] == [2.58]
    assert [record.key for record in batch.rejected] == ["AAPL|2020-04-01|2020-04-30"]
    assert "'about two'" in batch.rejected[0].reason


def test_yahoo_a_row_that_yfinance_loses_the_date_of_is_set_aside(vendor, clock):
    rows = [
        row_of("AAPL", "-", 0.7, None),  # yfinance drops it, and gives the next row's date to nobody
        row_of("AAPL", "July 30, 2020 at 4 PM EDT", 2.04, 2.58),
    ]
    vendor.answer = lambda asked: Reply(page_of(rows))
    batch = only(yahoo(vendor, clock))
    assert batch.records == ()
    assert [(record.key, record.reason) for record in batch.rejected] == [
        ("AAPL|record 0", "cannot be read: ValueError the announcement has no date")
    ]


@pytest.mark.parametrize("status", [302, 307])
def test_yahoo_its_page_of_consent_leaves_earnings_to_the_next_source(vendor, clock, status):
    vendor.answer = lambda asked: Reply("", status, {"Location": "https://consent.yahoo.com/v2/collectConsent"})
    with pytest.raises(SourceUnavailable, match=f"refuses the request with status {status}"):
        only(yahoo(vendor, clock))
    assert len(vendor.asked) == 1


def test_yahoo_a_table_that_yfinance_cannot_read_is_an_error_naming_host_and_ticker(vendor, clock):
    vendor.answer = lambda asked: Reply(page_of([row_of("AAPL", "30.7.2020", 2.04, 2.58)]))
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:\d+: yfinance cannot read the earnings of AAPL"):
        only(yahoo(vendor, clock))


def test_yahoo_asking_again_in_the_same_process_sees_a_revision(vendor, clock):
    source = yahoo(vendor, clock)
    vendor.answer = yahoo_earnings({"AAPL": [SCHEDULED]})
    assert [report.announced_on for report in only(source).records] == [date(2020, 10, 29)]
    moved = Told(datetime(2020, 10, 30, 17, tzinfo=NEW_YORK), 0.7, None)
    vendor.answer = yahoo_earnings({"AAPL": [moved]})
    assert [report.announced_on for report in only(source).records] == [date(2020, 10, 30)]


def test_yahoo_the_site_is_paced_apart_from_the_interface(vendor, clock):
    source = yahoo_source("http://127.0.0.1:9", clock, pages_url=vendor.url)
    vendor.answer = yahoo_earnings({"AAPL": ANNOUNCED})
    assert len(only(source).records) == 3  # nothing listens at the interface's address
