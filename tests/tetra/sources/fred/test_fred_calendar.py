"""The economic calendar from FRED over HTTP, against a loopback server that answers as FRED documents."""

from __future__ import annotations

import logging
import traceback
from datetime import date

import pytest
from tests.tetra.sources.fred.conftest import DGS10, GDP, KEY
from tests.tetra.sources.fred.server import FredServer, Release, Series, page, stall, status

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.fred import FredSource
from tetra.sources.record_types import EconomicEvent, RecordBatch, RecordRequest

# Employment Situation of 2019 Q4 as published, and the first of 2020 as it was scheduled
EMPLOYMENT = Release(
    "50",
    "Employment Situation",
    ("UNRATE", "PAYEMS"),
    ["2019-10-04", "2019-11-01", "2019-12-06", "2020-01-10"],
    scheduled=1,
)
OUTPUT = Release("53", "Gross Domestic Product", ("GDP",), ["2019-10-30", "2019-11-27", "2019-12-20"])


@pytest.fixture(autouse=True)
def releases(server: FredServer) -> None:
    server.series = {"GDP": GDP, "DGS10": DGS10, "UNRATE": Series([]), "PAYEMS": Series([])}
    server.releases = [EMPLOYMENT, OUTPUT]


def asked_for(
    source: FredSource, *series_ids: str, start: str = "2019-10-01", end: str = "2020-01-31"
) -> RecordBatch[EconomicEvent]:
    request = RecordRequest({"*": "*"}, date.fromisoformat(start), date.fromisoformat(end), series_ids)
    (batch,) = source.economic_events(request)
    return batch


def days(batch: RecordBatch[EconomicEvent]) -> list[str]:
    return [event.event_date.isoformat() for event in batch.records]


def test_each_day_of_a_release_is_an_event_with_the_series_published_on_it(source):
    batch = asked_for(source(), "UNRATE", "GDP", "PAYEMS", start="2019-12-01", end="2019-12-31")
    assert batch.records == (
        EconomicEvent("Employment Situation", date(2019, 12, 6), "US", series_ids=("PAYEMS", "UNRATE")),
        EconomicEvent("Gross Domestic Product", date(2019, 12, 20), "US", series_ids=("GDP",)),
    )
    assert (batch.source, batch.served, batch.rejected) == ("fred", frozenset({"*"}), ())


def test_scheduled_days_are_in_the_calendar(source):
    assert days(asked_for(source(), "UNRATE"))[-1] == "2020-01-10"


def test_a_release_is_asked_once_however_many_of_its_series_are_wanted(source, server):
    asked_for(source(), "UNRATE", "PAYEMS")
    assert [request["path"] for request in server.asked] == [
        "/fred/series/release",
        "/fred/series/release",
        "/fred/release/dates",
    ]


def test_only_the_days_asked_for_are_requested_and_given(source, server):
    batch = asked_for(source(), "UNRATE", start="2019-11-01", end="2019-12-06")
    assert days(batch) == ["2019-11-01", "2019-12-06"]
    assert (server.asked[-1]["realtime_start"], server.asked[-1]["realtime_end"]) == ("2019-11-01", "2019-12-06")


def test_a_day_outside_the_range_is_left_out_even_if_the_server_gives_it(source, server):
    server.faults.append(page('<releases><release id="50" name="Employment Situation"/></releases>'))
    body = "<release_date>2019-11-01</release_date><release_date>2031-01-10</release_date>"
    server.faults.append(page(f'<release_dates count="2" offset="0" limit="10000">{body}</release_dates>'))
    assert days(asked_for(source(), "UNRATE")) == ["2019-11-01"]


def test_days_without_a_release_are_an_answer_and_not_a_refusal(source):
    batch = asked_for(source(), "UNRATE", start="2019-11-02", end="2019-11-08")
    assert (batch.records, batch.served) == ((), frozenset({"*"}))


def test_every_page_of_release_dates_is_read(source, server):
    server.largest_page = 3
    assert days(asked_for(source(), "UNRATE")) == EMPLOYMENT.days
    assert [request["offset"] for request in server.asked if "offset" in request] == ["3"]


def test_a_series_that_fred_does_not_know_leaves_the_others_alone(source, caplog):
    batch = asked_for(source(), "NOSUCH", "UNRATE")
    assert {event.series_ids for event in batch.records} == {("UNRATE",)}
    assert "the releases of NOSUCH are left to other sources" in caplog.text


def test_a_series_without_a_release_leaves_the_others_alone(source, caplog):
    assert days(asked_for(source(), "DGS10", "GDP")) == OUTPUT.days
    assert "FRED names no release of DGS10" in caplog.text


def test_nothing_but_unknown_series_is_unavailable_and_names_them(source):
    with pytest.raises(SourceUnavailable, match="it does not know NOSUCH, DGS10"):
        asked_for(source(), "NOSUCH", "DGS10")


def test_no_series_at_all_is_unavailable_without_a_request(source, server):
    with pytest.raises(SourceUnavailable, match="no series was asked for"):
        asked_for(source())
    assert server.asked == []


def test_a_missing_key_is_unavailable_and_names_the_variable(source, server, monkeypatch):
    monkeypatch.delenv("FRED_API_KEY")
    with pytest.raises(SourceUnavailable, match="set FRED_API_KEY"):
        asked_for(source(), "UNRATE")
    assert server.asked == []


def test_a_refused_key_is_unavailable_at_once(source, server, monkeypatch, time):
    monkeypatch.setenv("FRED_API_KEY", "ffffffffffffffffffffffffffffffff")
    with pytest.raises(SourceUnavailable, match=r"not registered.*correct FRED_API_KEY"):
        asked_for(source(), "UNRATE", "GDP")
    assert (len(server.asked), time.waits) == (1, [])


def test_too_many_requests_are_retried_after_the_time_the_server_asks_for(source, server, time):
    server.faults.append(status(429, "Too Many Requests.  Exceeded Rate Limit", {"Retry-After": "7"}))
    assert days(asked_for(source(), "UNRATE")) == EMPLOYMENT.days
    assert time.waits == [7.0]


def test_a_server_error_and_a_stall_are_retried(source, server, time):
    server.faults.extend([status(500, "Internal Server Error"), stall])
    assert days(asked_for(source(timeout_seconds=0.2), "UNRATE")) == EMPLOYMENT.days
    assert time.waits == [1.0, 2.0]


@pytest.mark.parametrize(
    "body",
    [
        '<releases><release id="50" na',
        "<!DOCTYPE html><html><body><p>Back soon</body></html>",
        "<html><body><p>Back soon</p></body></html>",
        "<release_dates><release_date>2019-11-01</release_date></release_dates>",
    ],
)
def test_an_answer_that_never_is_freds_is_an_error_and_not_an_empty_calendar(source, server, body):
    server.faults.extend([page(body)] * 3)
    with pytest.raises(SourceError, match=r"not whole XML|not FRED's") as raised:
        asked_for(source(), "UNRATE")
    assert not isinstance(raised.value, SourceUnavailable)


def test_a_day_that_is_none_is_set_aside_with_its_reason_and_the_rest_goes_on(source, server):
    server.releases = [Release("50", "Employment Situation", ("UNRATE",), ["2019-10-04", "2019-11-31", "2019-12-06"])]
    batch = asked_for(source(), "UNRATE")
    assert days(batch) == ["2019-10-04", "2019-12-06"]
    (rejected,) = batch.rejected
    assert (rejected.key, rejected.reason) == ("Employment Situation|US|2019-11-31", "release date is not a date")


def test_requests_keep_the_pace(source, time):
    asked_for(source(requests_per_minute=120), "UNRATE", "GDP")  # two for releases, two for their days
    assert time.waits == [0.5, 0.5, 0.5]


def test_the_key_shows_in_no_log_line_and_no_traceback(source, server, caplog):
    caplog.set_level(logging.DEBUG)
    server.faults.extend([status(500, f"failed at api_key={KEY}")] * 3)
    with pytest.raises(SourceUnavailable) as raised:
        asked_for(source(), "UNRATE")
    assert KEY not in "".join(traceback.format_exception(raised.value))
    assert "attempt 2 of 3" in caplog.text
    assert KEY not in caplog.text
