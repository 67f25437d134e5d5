"""A FRED of three series on a loopback server, and a source that asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.tetra.sources.fred.server import FredServer, Series, Value

from tetra.sources.fred import FredSource

KEY = "0123456789abcdef0123456789abcdef"

# US GDP of two quarters with the releases that fredapi's documentation quotes; the quarter of 1991 is older than the
# archive, which begins on 1991-12-04 (its value is made up)
GDP = Series(
    [
        Value("1991-07-01", "5709.2", "1991-12-04", "1991-12-19"),
        Value("1991-07-01", "5708.6", "1991-12-20"),
        Value("2013-10-01", "17102.5", "2014-01-30", "2014-02-27"),
        Value("2013-10-01", "17080.7", "2014-02-28", "2014-03-26"),
        Value("2013-10-01", "17089.6", "2014-03-27"),
        Value("2014-01-01", "17149.6", "2014-04-30", "2014-05-28"),
        Value("2014-01-01", "17101.3", "2014-05-29", "2014-06-24"),
        Value("2014-01-01", "17016.0", "2014-06-25"),
    ]
)
# 10-year Treasury yield: each value is published on the next weekday and stands; Christmas has none
DGS10 = Series(
    [
        Value("2019-12-23", "1.93", "2019-12-24"),
        Value("2019-12-24", "1.90", "2019-12-26"),
        Value("2019-12-25", ".", "2019-12-26"),
        Value("2019-12-26", "1.90", "2019-12-27"),
        Value("2019-12-27", "1.88", "2019-12-30"),
        Value("2019-12-30", "1.90", "2019-12-31"),
    ]
)
SP500 = Series([Value("2019-12-30", "3221.29", "2019-12-30"), Value("2019-12-31", "3230.78", "2019-12-31")], False)


class Time:
    """A clock that moves only when something waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if seconds > 0.001:  # the rest is the pace of a server that allows almost anything
            self.waits.append(round(seconds, 3))

    def clock(self) -> float:
        return self.now


@pytest.fixture
def server(monkeypatch) -> Iterator[FredServer]:
    monkeypatch.setenv("FRED_API_KEY", KEY)
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with FredServer({"GDP": GDP, "DGS10": DGS10, "SP500": SP500}, KEY) as running:
        yield running


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def source(server, time) -> Callable[..., FredSource]:
    def made(**changed: float) -> FredSource:
        parameters = {
            "timeout_seconds": 5.0,
            "retries": 2,
            "requests_per_minute": 6e9,
            "vintages_per_request": 2000,
        } | changed
        return FredSource(base_url=server.url, **parameters, sleep=time.sleep, clock=time.clock)

    return made
