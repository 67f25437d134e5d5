"""The HTTP client by itself: pace, patience, and what it makes of answers."""

from __future__ import annotations

from typing import Any

import pytest
from tests.tetra.sources.vendors.loopback import BROKEN, KEY, Clock, Reply, Vendor

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.sources.http import ApiKey, HttpClient, Pace
from tetra.sources.transport import ConnectionFailed

WHOLE = Reply({"fine": True})


def client(vendor: Vendor, clock: Clock, **changes: Any) -> HttpClient:
    given: dict[str, Any] = {
        "base_url": vendor.url,
        "timeout_seconds": 5,
        "retries": 3,
        "requests_per_minute": 600_000,
        "sleep": clock.sleep,
        "clock": clock,
        "wall_clock": lambda: 1_598_918_400.0 + clock.seconds,  # 2020-09-01 00:00:00 UTC
    }
    return HttpClient(**{**given, **changes})


def test_requests_are_spaced_evenly(vendor, clock):
    vendor.answer = lambda asked: WHOLE
    paced = client(vendor, clock, requests_per_minute=30)
    for _ in range(4):
        paced.get("/a")
    assert clock.slept == [2.0, 2.0, 2.0]  # 60 s / 30; the first goes at once


def test_a_pause_holds_back_everybody(clock):
    pace = Pace(60, sleep=clock.sleep, clock=clock)
    pace.pause(10)
    pace.wait()
    pace.wait()
    assert clock.slept == [10.0, 1.0]


def test_waits_double_until_the_vendor_recovers(vendor, clock):
    vendor.replies = [BROKEN, BROKEN, BROKEN, WHOLE]
    assert client(vendor, clock).get("/a").content == {"fine": True}
    assert clock.slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(vendor, clock, status):
    vendor.replies = [Reply("", status), WHOLE]
    assert client(vendor, clock).get("/a").content == {"fine": True}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("9", 9.0),
        ("Tue, 01 Sep 2020 00:00:30 GMT", 30.0),
        ("Mon, 31 Aug 2020 00:00:00 GMT", None),  # over already: only the pace
        ("soon", 1.0),  # neither form: the usual wait
    ],
)
def test_retry_after_is_seconds_or_a_date(vendor, clock, header, seconds):
    vendor.replies = [Reply("", 429, {"Retry-After": header}), WHOLE]
    client(vendor, clock).get("/a")
    assert clock.slept == [seconds or 60 / 600_000]


def test_a_vendor_that_wants_an_hour_is_passed_over_at_once(vendor, clock):
    vendor.replies = [Reply("", 429, {"Retry-After": "3600"})]
    with pytest.raises(SourceUnavailable, match="asks to wait 3600 s"):
        client(vendor, clock).get("/a")
    assert clock.slept == []


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_other_client_errors_fail_at_once_with_what_the_vendor_said(vendor, clock, status):
    vendor.replies = [Reply({"message": "bad date"}, status)]
    with pytest.raises(SourceError, match=rf"127\.0\.0\.1:\d+/a answered {status}: bad date") as raised:
        client(vendor, clock).get("/a", {"day": "x"})
    assert not isinstance(raised.value, SourceUnavailable)
    assert len(vendor.asked) == 1


def test_a_status_the_caller_accepts_is_returned_with_its_json(vendor, clock):
    vendor.replies = [Reply({"code": -1}, 400), Reply("<html>", 404)]
    http = client(vendor, clock)
    assert (http.get("/a", accept=(400,)).status, http.get("/a", accept=(404,)).content) == (400, None)


def test_a_redirect_is_not_followed(vendor, clock):
    vendor.replies = [Reply("", 302, {"Location": vendor.url + "/elsewhere"})]
    with pytest.raises(SourceError, match="answered 302"):
        client(vendor, clock).get("/a")
    assert [asked.path for asked in vendor.asked] == ["/a"]


def test_a_missing_key_is_named_before_anything_is_sent(vendor, clock, monkeypatch):
    monkeypatch.delenv("TETRA_POLYGON_API_KEY")
    http = client(vendor, clock, key=ApiKey("TETRA_POLYGON_API_KEY", "Authorization"))
    with pytest.raises(SourceUnavailable, match="TETRA_POLYGON_API_KEY is not set"):
        http.get("/a")
    assert vendor.asked == []


def test_an_optional_key_is_sent_only_if_there_is_one(vendor, clock, monkeypatch):
    vendor.answer = lambda asked: WHOLE
    http = client(vendor, clock, key=ApiKey("TETRA_COINGECKO_API_KEY", "x-key", required=False))
    http.get("/a")
    monkeypatch.delenv("TETRA_COINGECKO_API_KEY")
    http.get("/a")
    assert [asked.headers.get("x-key") for asked in vendor.asked] == [KEY, None]


def test_a_key_that_a_vendor_repeats_is_cut_out_of_data_too_but_a_word_that_serves_as_one_is_not(
    vendor, clock, monkeypatch
):
    vendor.answer = lambda asked: Reply({"note": f"demo of {KEY}"})
    http = client(vendor, clock, key=ApiKey("TETRA_POLYGON_API_KEY", "Authorization"))
    assert http.get("/a").content == {"note": "demo of ***"}
    monkeypatch.setenv("TETRA_POLYGON_API_KEY", "demo")
    assert http.get("/a").content == {"note": f"demo of {KEY}"}
    vendor.answer = lambda asked: Reply({"error": "demo has no access"}, 403)
    with pytest.raises(SourceUnavailable, match=r"\*\*\* has no access"):
        http.get("/a")


def test_a_page_is_given_as_it_is_and_its_failures_are_those_of_json(vendor, clock):
    vendor.replies = [BROKEN, Reply("<html>fine</html>"), Reply("gone", 404), Reply("<html>no</html>", 403)]
    http = client(vendor, clock)
    assert http.get_text("/page", {"a": 1}).content == "<html>fine</html>"
    assert vendor.asked[-1].headers["accept"] == "text/html"
    assert http.get_text("/page", accept=(404,)).status == 404
    with pytest.raises(SourceUnavailable, match=r"status 403: an HTML page of 15 characters"):
        http.get_text("/page")
    vendor.answer = lambda asked: Reply("not here", 410)
    with pytest.raises(SourceError, match=r"/page answered 410: .*not here"):
        http.get_text("/page")


def test_a_netrc_of_the_user_does_not_replace_the_key(vendor, clock, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    vendor.answer = lambda asked: WHOLE
    client(vendor, clock, key=ApiKey("TETRA_POLYGON_API_KEY", "Authorization", "Bearer ")).get("/a")
    assert vendor.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_cookie_is_not_carried_on(vendor, clock):
    vendor.answer = lambda asked: Reply({}, headers={"Set-Cookie": "track=1"})
    http = client(vendor, clock)
    http.get("/a")
    http.get("/a")
    assert "cookie" not in vendor.asked[1].headers


def test_a_host_that_nobody_listens_on_is_passed_over(clock):
    with Vendor().running() as gone:
        url = gone.url
    http = HttpClient(
        base_url=url, timeout_seconds=1, retries=1, requests_per_minute=1e6, sleep=clock.sleep, clock=clock
    )
    with pytest.raises(SourceUnavailable, match="no connection, or it was cut before the answer was whole, 2 times"):
        http.get("/a")


def test_another_transport_is_used_as_it_is(clock, vendor):
    def dead(url: str, *_: Any) -> Any:
        raise ConnectionFailed("the line is dead")

    with pytest.raises(SourceUnavailable, match="the line is dead, 4 times"):
        client(vendor, clock, send=dead).get("/a")
    assert vendor.asked == []


@pytest.mark.parametrize("change", [{"retries": -1}, {"timeout_seconds": 0}, {"requests_per_minute": 0}])
def test_settings_out_of_range_are_refused(vendor, clock, change):
    with pytest.raises(SettingsError, match="must be above 0"):
        client(vendor, clock, **change)
