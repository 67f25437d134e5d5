"""What every client gives when its vendor answers as documented: daily bars, hourly bars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from tests.tetra.sources.vendors.answers import APPLE_RAW, CONTRACTS, Contract
from tests.tetra.sources.vendors.cases import CASES, Case
from tests.tetra.sources.vendors.loopback import Clock, Vendor

from tetra.calendars import sessions_between
from tetra.data.records import check_bars
from tetra.errors import SettingsError
from tetra.sources.base import BarRequest, Source

# yfinance 1.7 under pandas 3.1, its own affair
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

START, END = date(2020, 8, 27), date(2020, 9, 1)
HOURLY = {name: case for name, case in CASES.items() if case.kind == "hourly_bars"}


@pytest.fixture(params=CONTRACTS.values(), ids=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Contract:
    return request.param


@pytest.fixture(params=HOURLY.values(), ids=HOURLY)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


Make = Callable[..., Source]


@pytest.fixture
def make(contract: Contract, vendor: Vendor, clock: Clock) -> Make:
    vendor.answer = contract.answer({"ONE": APPLE_RAW, "TWO": APPLE_RAW})
    return lambda **changes: contract.source(vendor.url, clock, **changes)


@pytest.fixture
def hourly(case: Case, vendor: Vendor, clock: Clock) -> Make:
    vendor.answer = case.answer({"ONE": case.whole})
    return lambda **changes: case.make(vendor.url, clock, **changes)


def test_bars_are_those_of_the_vendor_by_session(contract, make):
    (batch,) = make().bars(BarRequest({"ONE": "ONE"}, START, END))
    assert batch.sessions.tolist() == list(APPLE_RAW)
    assert batch.close.tolist() == list(APPLE_RAW.values())
    assert batch.volume == pytest.approx(1000)
    assert (batch.symbol, batch.price_basis, batch.rejected) == ("ONE", contract.price_basis, ())
    assert (batch.timeframe, batch.opened_at) == ("1d", None)
    assert batch.source.startswith(make().name + ":")
    assert np.isfinite(batch.high).all() == contract.has_full_bars


def test_the_vendors_own_ticker_is_asked_for(make):
    request = BarRequest({"MINE": "ONE"}, START, END)
    assert [batch.symbol for batch in make().bars(request)] == ["MINE"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_workers": 0}, "max_workers is 0"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"base_url": "ftp://x"}, "base_url 'ftp://x'"),
    ],
)
def test_a_parameter_out_of_range_is_named(make, change, message):
    with pytest.raises(SettingsError, match=message):
        make(**change)


def test_hours_are_those_of_the_vendor_by_when_they_opened_in_utc(case, hourly):
    (batch,) = case.ask(hourly(), "ONE")
    assert batch.timeframe == "1h"
    assert batch.opened_at.dtype == np.dtype("datetime64[us]")
    assert batch.opened_at.tolist() == [at.astimezone(UTC).replace(tzinfo=None) for at in case.whole]
    assert batch.sessions.tolist() == [at.date() for at in case.whole]
    assert batch.close.tolist() == list(case.whole.values())
    assert (batch.price_basis, batch.rejected) == ("raw", ())


def test_hours_have_all_prices_and_volume_where_the_vendor_has_them(case, hourly):
    (batch,) = case.ask(hourly(), "ONE")
    if "coingecko" in batch.source:
        assert np.isnan([batch.open, batch.high, batch.low, batch.volume]).all()
        return
    assert (batch.high - batch.close).tolist() == [1.0] * batch.close.size
    assert (batch.close - batch.low).tolist() == [1.0] * batch.close.size
    assert batch.open.tolist() == batch.close.tolist()
    assert batch.volume.tolist() == [1000.0] * batch.close.size


def test_hours_of_a_vendor_may_be_landed(case, hourly):
    (batch,) = case.ask(hourly(), "ONE")
    calendar = "24/7" if next(iter(case.whole)).tzinfo is UTC else "XNYS"
    sessions = sessions_between(calendar, case.start, case.end)
    checked = check_bars(batch, sessions=sessions, calendar=calendar, asset_class="stock")
    assert checked.rejected == ()
    assert checked.kept.ts.size == len(case.whole)


def test_an_hour_that_is_not_over_is_left_out(case, vendor, hourly):
    opened = sorted(case.whole)[-2]
    now = opened + timedelta(minutes=59)
    if case.vendor == "coingecko":  # what is not over has no point yet
        vendor.answer = case.answer({"ONE": {at: close for at, close in case.whole.items() if at < opened}})
        source = hourly()
    else:
        source = hourly(now=lambda: now)
    (batch,) = case.ask(source, "ONE")
    assert batch.opened_at.tolist()[-1] == sorted(case.whole)[-3].astimezone(UTC).replace(tzinfo=None)


def test_the_last_hour_of_a_session_is_over_with_the_session(case, hourly):
    if case.vendor == "coingecko":
        return  # has its close, or has it not: no clock is asked
    last = max(case.whole)
    (batch,) = case.ask(hourly(now=lambda: datetime(2020, 8, 31, 20, tzinfo=UTC)), "ONE")  # 16:00 in New York
    assert batch.opened_at.tolist()[-1] == last.astimezone(UTC).replace(tzinfo=None)
