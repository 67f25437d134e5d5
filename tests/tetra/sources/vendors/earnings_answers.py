"""What each vendor answers when asked for earnings, in the shapes its documentation, or its page, shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.tetra.sources.vendors.answers import NEW_YORK
from tests.tetra.sources.vendors.loopback import Asked, Reply


@dataclass(frozen=True)
class Told:
    """One announcement."""

    at: datetime
    estimate: float | None
    reported: float | None


# Apple's third fiscal quarter of 2020 as of that day, and the scheduled one after it
REPORTED = Told(datetime(2020, 7, 30, 16, tzinfo=NEW_YORK), 2.04, 2.58)
EARLY = Told(datetime(2020, 8, 5, 7, tzinfo=NEW_YORK), -0.10, -0.05)
SCHEDULED = Told(datetime(2020, 10, 29, 17, tzinfo=NEW_YORK), 0.7, None)
ANNOUNCED = (REPORTED, EARLY, SCHEDULED)


def benzinga(ticker: str, told: Told, **changes: Any) -> dict[str, Any]:
    at = told.at.astimezone(UTC)
    record = {
        "benzinga_id": "651bcd8d7e4d6000011f2232",
        "company_name": "Apple Inc.",
        "currency": "USD",
        "date": told.at.date().isoformat(),
        "date_status": "projected" if told.reported is None else "confirmed",
        "eps_method": "gaap",
        "fiscal_period": "Q3",
        "fiscal_year": 2020,
        "importance": 5,
        "last_updated": "2020-08-31T10:19:50Z",
        "ticker": ticker,
        "time": at.strftime("%H:%M:%S"),
    }
    amounts = {"actual_eps": told.reported, "estimated_eps": told.estimate}
    return record | {name: amount for name, amount in amounts.items() if amount is not None} | changes


def polygon_earnings(tickers: Mapping[str, Sequence[Told]], *, page: int = 1000, host: str = "") -> Any:
    """Benzinga's records by date, in pages; an unknown ticker has none."""

    def answer(asked: Asked) -> Reply:
        if asked.path != "/benzinga/v1/earnings":
            return Reply({"status": "NOT_FOUND"}, 404)
        ticker = asked.query["ticker"]
        records = [benzinga(ticker, told) for told in tickers.get(ticker, ())]
        offset = int(asked.query.get("cursor", 0))
        body: dict[str, Any] = {"status": "OK", "results": records[offset : offset + page]}
        if offset + page < len(records):
            body["next_url"] = f"{host}{asked.path}?ticker={ticker}&cursor={offset + page}"
        return Reply(body)

    return answer


def page_of(rows: Sequence[str]) -> str:
    """Yahoo's page; without rows it has no table."""
    names = ("Symbol", "Company", "Earnings Date", "EPS Estimate", "Reported EPS", "Surprise (%)")
    head = "".join(f"<th>{name}</th>" for name in names)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>" if rows else "<p>None</p>"
    return f"<!DOCTYPE html><html><head><title>Company Earnings Calendar</title></head><body>{table}</body></html>"


def row_of(ticker: str, at: str, *amounts: float | None) -> str:
    cells = [ticker, "A Company", at, *("-" if amount is None else f"{amount}" for amount in amounts), "-"]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def yahoo_date(at: datetime) -> str:
    return f"{at:%B} {at.day}, {at.year} at {int(at.strftime('%I'))} {at:%p} {at.tzname()}"


def yahoo_earnings(tickers: Mapping[str, Sequence[Told]]) -> Callable[[Asked], Reply]:
    """The page of one company, newest first, as many rows as wanted from an offset on."""

    def answer(asked: Asked) -> Reply:
        if asked.path != "/calendar/earnings":
            return Reply("<html>Not Found</html>", 404)
        ticker = asked.query["symbol"]
        offset, size = int(asked.query["offset"]), int(asked.query["size"])
        told = sorted(tickers.get(ticker, ()), key=lambda one: one.at, reverse=True)[offset : offset + size]
        rows = [row_of(ticker, yahoo_date(one.at), one.estimate, one.reported) for one in told]
        return Reply(page_of(rows), headers={"Content-Type": "text/html; charset=utf-8"})

    return answer
