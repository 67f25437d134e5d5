"""Earnings, economic, geopolitical and security events, and index membership from rows of files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

from tetra.sources.file_record_table import RecordTable
from tetra.sources.file_records import Names, Rule, Told
from tetra.sources.layouts import QUARTERS
from tetra.sources.record_types import (
    AnnouncementTime,
    EarningsReport,
    EconomicEvent,
    GeopoliticalEvent,
    MembershipSpell,
    SecurityEvent,
)

ANNOUNCEMENT_TIMES: dict[str, AnnouncementTime] = {
    **{word: word for word in get_args(AnnouncementTime)},
    "bmo": "before_open",
    "dmh": "during_session",
    "amc": "after_close",
}
"""Ours, and vendors' abbreviations: before market open, during market hours, after market close."""

DAY = timedelta(days=1)


def tell_earnings(table: RecordTable, names: Names) -> Iterator[Told[EarningsReport]]:
    """Yield the earnings of symbols asked for: one per row, or one per quarter of a row that is a year."""
    tickers = table.texts("symbol", required=True)
    told = _tell_years(table) if table.has("year") else _tell_announcements(table)
    known = [names.symbols([ticker] if ticker else []) for ticker in tickers]
    table.left_out.update(row for row, symbols in enumerate(known) if tickers[row] and not symbols)
    for row, report in told:
        first = report.announced_on or report.announced_quarter
        last = report.announced_on or _next_quarter(first) - DAY
        for symbol in known[row]:
            yield Told(row, replace(report, symbol=symbol), first, last, (symbol,))


def _tell_announcements(table: RecordTable) -> Iterator[tuple[int, EarningsReport]]:
    days, quarters = table.days("announced_on"), table.days("announced_quarter")
    table.row_days = days
    reported, estimated = table.numbers("eps_reported"), table.numbers("eps_estimate")
    for row, text in enumerate(table.texts("announcement_time")):
        time = ANNOUNCEMENT_TIMES.get(text.lower()) if text else None
        if text and time is None:
            table.set_aside(row, f"announcement_time {text!r} is none of {', '.join(ANNOUNCEMENT_TIMES)}")
        day = days[row] or quarters[row]
        if day is None:
            table.set_aside(row, "it has no day of announcement")
        else:
            quarter = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
            yield row, EarningsReport("", quarter, days[row], time, reported[row], estimated[row])


def _tell_years(table: RecordTable) -> Iterator[tuple[int, EarningsReport]]:
    reported = [table.numbers(f"eps_reported_q{quarter}") for quarter in QUARTERS]
    estimated = [table.numbers(f"eps_estimate_q{quarter}") for quarter in QUARTERS]
    for row, year in enumerate(table.numbers("year")):
        if year is None or not year.is_integer() or not date.min.year <= year < date.max.year:
            table.set_aside(row, f"year {year!r} is not a year")
            continue
        for quarter in QUARTERS:
            values = reported[quarter - 1][row], estimated[quarter - 1][row]
            if values != (None, None):
                begin = date(int(year), 3 * quarter - 2, 1)
                yield row, EarningsReport("", begin, None, None, *values)


def _next_quarter(quarter: date) -> date:
    return date(quarter.year + quarter.month // 10, (quarter.month + 2) % 12 + 1, 1)


def tell_economic_events(table: RecordTable, names: Names) -> Iterator[Told[EconomicEvent]]:
    """Yield the releases of the calendar, each with those of its series that are asked for."""
    event_names, countries = table.texts("event_name", required=True), table.texts("country", required=True)
    moments, local_days = table.moments("event_at")
    days = [written or local for written, local in zip(table.days("event_date"), local_days, strict=True)]
    table.row_days = days
    importances, units = table.texts("importance"), table.texts("unit")
    actual, forecast, previous = table.numbers("actual"), table.numbers("forecast"), table.numbers("previous")
    for row, series_ids in enumerate(table.lists("series_ids")):
        name, country, day, importance = event_names[row], countries[row], days[row], importances[row]
        if day is None:
            table.set_aside(row, "it has no day of release")
        elif name and country:
            wanted = tuple(sorted(names.series_ids.intersection(series_ids)))
            level = importance.lower() if importance else None
            event = EconomicEvent(
                name, day, country, moments[row], wanted, level, actual[row], forecast[row], previous[row], units[row]
            )
            yield Told(row, event, day, day)


def tell_geopolitical_events(table: RecordTable, names: Names) -> Iterator[Told[GeopoliticalEvent]]:
    """Yield the events; tickers of theirs that are not asked for are left out, the events are not."""
    started, ended = table.days("started_on", required=True), table.days("ended_on")
    table.row_days = started
    regions, symbols = table.lists("regions"), table.lists("symbols")
    for row, (event_id, name, category, reference, description) in enumerate(_described(table)):
        day = started[row]
        if day is not None and event_id and name and category and reference:
            places, mentioned = tuple(sorted(set(regions[row]))), names.symbols(symbols[row])
            event = GeopoliticalEvent(
                event_id, name, category, day, reference, ended[row], places, mentioned, description
            )
            yield Told(row, event, day, day)


def tell_security_events(table: RecordTable, names: Names) -> Iterator[Told[SecurityEvent]]:
    """Yield the events; tickers of theirs that are not asked for are left out, the events are not."""
    disclosed, occurred = table.days("disclosed_on", required=True), table.days("occurred_on")
    table.row_days = disclosed
    symbols = table.lists("symbols")
    for row, (event_id, name, category, reference, description) in enumerate(_described(table)):
        day = disclosed[row]
        if day is not None and event_id and name and category and reference:
            mentioned = names.symbols(symbols[row])
            event = SecurityEvent(event_id, name, category, day, reference, occurred[row], mentioned, description)
            yield Told(row, event, day, day)


def _described(table: RecordTable) -> Iterator[tuple[str | None, ...]]:
    needed = [table.texts(role, required=True) for role in ("event_id", "name", "category", "reference")]
    return zip(*needed, table.texts("description"), strict=True)


def tell_membership(table: RecordTable, _: Names) -> Iterator[Told[MembershipSpell]]:
    """Yield every spell, whoever is asked for: the index is of all its members."""
    index_names, tickers = table.texts("index_name", required=True), table.texts("ticker", required=True)
    entered, left = table.days("valid_from", required=True), table.days("valid_to")
    table.row_days = entered
    after = DAY if table.data_set.layout.end_is == "last_day" else timedelta(0)
    for row, (index_name, ticker, first, end) in enumerate(zip(index_names, tickers, entered, left, strict=True)):
        if index_name and ticker and first is not None:
            last = None if end is None else end + after
            yield Told(row, MembershipSpell(index_name, ticker, first, last), first, last or date.max)


EARNINGS: Rule[EarningsReport] = Rule(tell_earnings)
ECONOMIC_EVENTS: Rule[EconomicEvent] = Rule(tell_economic_events)
GEOPOLITICAL_EVENTS: Rule[GeopoliticalEvent] = Rule(tell_geopolitical_events, whole_list=True)
SECURITY_EVENTS: Rule[SecurityEvent] = Rule(tell_security_events, whole_list=True)
INDEX_MEMBERSHIP: Rule[MembershipSpell] = Rule(tell_membership, whatever_the_range=True, whole_list=True)
