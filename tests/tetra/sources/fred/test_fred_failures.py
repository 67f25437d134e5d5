"""The FRED source when its server refuses, fails, stalls or answers something else; pace, redirects and the key."""

from __future__ import annotations

import logging
import traceback

import pytest
from tests.tetra.sources.fred.asking import asked_for
from tests.tetra.sources.fred.conftest import KEY
from tests.tetra.sources.fred.server import page, stall, status

from tetra.errors import SourceError, SourceUnavailable


def test_a_missing_key_is_unavailable_and_names_the_variable(source, server, monkeypatch):
    monkeypatch.delenv("FRED_API_KEY")
    with pytest.raises(SourceUnavailable, match="set FRED_API_KEY"):
        asked_for(source(), "GDP")
    assert server.asked == []


def test_a_refused_key_is_unavailable_at_once(source, server, monkeypatch, time):
    monkeypatch.setenv("FRED_API_KEY", "ffffffffffffffffffffffffffffffff")
    with pytest.raises(SourceUnavailable, match=r"not registered.*correct FRED_API_KEY"):
        asked_for(source(), "GDP", "DGS10")
    assert (len(server.asked), time.waits) == (1, [])


def test_any_other_refusal_is_an_error_at_once(source, server, time):
    server.faults.append(status(400, "Bad Request.  Variable realtime_start is not a YYYY-MM-DD formatted date."))
    with pytest.raises(SourceError, match="Variable realtime_start") as raised:
        asked_for(source(), "GDP")
    assert not isinstance(raised.value, SourceUnavailable)
    assert (len(server.asked), time.waits) == (1, [])


@pytest.mark.parametrize(
    ("retry_after", "waited"),
    [("7", 7.0), ("Fri, 20 Nov 2026 12:00:09 GMT", 9.0), ("Fri, 20 Nov 2026 11:00:00 GMT", None), ("soon", 1.0)],
)
def test_too_many_requests_are_retried_after_the_time_the_server_asks_for(source, server, time, retry_after, waited):
    server.faults.append(status(429, "Too Many Requests.  Exceeded Rate Limit", {"Retry-After": retry_after}))
    (batch,) = asked_for(source(), "GDP")
    assert batch.values.size == 8
    assert time.waits == ([] if waited is None else [waited])


def test_a_wait_longer_than_allowed_is_not_waited(source, server, time):
    server.faults.append(status(429, "Too Many Requests.", {"Retry-After": "3600"}))
    with pytest.raises(SourceUnavailable, match="asks to wait 3600 s"):
        asked_for(source(), "GDP")
    assert time.waits == []


def test_server_errors_are_retried_with_doubled_waits(source, server, time):
    server.faults.extend([status(500, "Internal Server Error"), page("<html>Bad gateway</html>", 502)])
    (batch,) = asked_for(source(), "GDP")
    assert batch.values.size == 8
    assert time.waits == [1.0, 2.0]


def test_a_server_that_keeps_failing_is_unavailable(source, server, time):
    server.faults.extend([status(500, "Internal Server Error")] * 3)
    with pytest.raises(SourceUnavailable, match="status 500: Internal Server Error, 3 times"):
        asked_for(source(), "GDP")
    assert time.waits == [1.0, 2.0]


def test_a_stall_ends_with_the_timeout_and_is_retried(source, server, time):
    server.faults.append(stall)
    (batch,) = asked_for(source(timeout_seconds=0.2), "GDP")
    assert batch.values.size == 8
    assert time.waits == [1.0]


def test_a_server_that_only_stalls_is_unavailable(source, server):
    server.faults.extend([stall, stall])
    with pytest.raises(SourceUnavailable, match="no answer in time, 2 times"):
        asked_for(source(timeout_seconds=0.1, retries=1), "GDP")


def test_a_server_that_is_not_there_is_unavailable(source, server, time):
    unreachable = source()
    server.__exit__()
    with pytest.raises(SourceUnavailable, match=r"the connection failed \(ConnectionRefusedError\), 3 times"):
        asked_for(unreachable, "GDP")
    server.__enter__()  # so that the fixture can stop it


TRUNCATED = '<observations count="2" offset="0" limit="100000"><observation realtime_start="2014-01-30" re'
WEB_PAGE = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body><p>Back soon</body></html>"
XHTML_PAGE = "<html><head><title>Maintenance</title></head><body><p>Back soon</p></body></html>"


@pytest.mark.parametrize("body", [TRUNCATED, WEB_PAGE, XHTML_PAGE, ""])
def test_an_answer_that_is_not_freds_is_retried(source, server, time, body):
    server.faults.append(page(body))
    (batch,) = asked_for(source(), "GDP")
    assert batch.values.size == 8
    assert time.waits == [1.0]


@pytest.mark.parametrize("body", [TRUNCATED, WEB_PAGE, XHTML_PAGE])
def test_an_answer_that_never_is_freds_is_an_error_and_not_an_empty_series(source, server, body):
    server.faults.extend([page(body)] * 3)
    with pytest.raises(SourceError, match=r"not whole XML|not FRED's") as raised:
        asked_for(source(), "GDP")
    assert not isinstance(raised.value, SourceUnavailable)


def test_an_answer_shorter_than_announced_is_retried(source, server, time):
    server.faults.append(page('<vintage_dates count="0" offset="0" limit="10000"></vintage_dates>', missing=10))
    (batch,) = asked_for(source(), "GDP")
    assert batch.values.size == 8
    assert time.waits == [1.0]


def test_an_error_inside_an_answer_of_status_200_is_an_error(source, server):
    server.faults.append(page('<error code="423" message="Locked"/>'))
    with pytest.raises(SourceError, match="status 423: Locked"):
        asked_for(source(), "GDP")


def test_requests_keep_the_pace(source, time):
    asked_for(source(requests_per_minute=120), "GDP", "DGS10")  # two requests each
    assert time.waits == [0.5, 0.5, 0.5]


def test_a_redirect_is_not_followed(source, server):
    server.faults.append(status(302, "", {"Location": f"{server.url}/elsewhere"}))
    with pytest.raises(SourceError, match="status 302"):
        asked_for(source(), "GDP")
    assert len(server.asked) == 1


def test_the_key_shows_in_no_log_line_and_no_traceback(source, server, caplog):
    caplog.set_level(logging.DEBUG)
    faults = [
        [status(500, f"failed at api_key={KEY}")] * 3,
        [status(400, f"Bad Request.  The value {KEY} for variable api_key is not registered.")],
        [page(TRUNCATED)] * 3,
        [page("", missing=10)] * 3,
    ]
    for round_ in faults:
        server.faults.extend(round_)
        with pytest.raises(SourceError) as raised:
            asked_for(source(), "GDP")
        assert KEY not in "".join(traceback.format_exception(raised.value))
    assert "attempt 2 of 3" in caplog.text
    assert KEY not in caplog.text


def test_a_key_with_odd_characters_reaches_the_server_as_it_is(source, server, monkeypatch):
    monkeypatch.setenv("FRED_API_KEY", " odd &key=1# ")
    server.api_key = "odd &key=1#"
    assert asked_for(source(), "GDP")[0].values.size == 8


def test_the_process_keeps_its_own_urllib_opener(source, monkeypatch):
    import urllib.request

    monkeypatch.setattr(urllib.request, "_opener", None)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # fredapi would install an opener for the whole process
    asked_for(source(), "GDP")
    assert urllib.request._opener is None
