"""Whose bars a symbol has: staged ones that meet bars of another source fill its gaps, replace it all, or are refused.

All bars of a symbol and timeframe have one price basis, and each session stays with the source that gave it first.
What is staged in ``changed_bars`` meets what is held so:

- **The same source** corrects its own bars.
- **Another source of the same basis** fills the sessions that are missing and leaves the others as they are, provided
  that the closes of common sessions agree: 99 % of them to 0.1 %.
- **Every session held is served** by this run: it replaces them all. So a vendor is switched by one run over the whole
  span, and no old bar is left between new ones.
- **Anything else is refused**, and set aside while the other series are landed: another basis, closes that disagree,
  or adjusted prices that the same source has restated since (a split moves all of its split-adjusted history, and two
  scales must not meet); ingest then asks for the whole history, and lands that.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import class_row

from tetra.data.statements import statement
from tetra.errors import DataError, RestatedHistory, unknown_value
from tetra.sources.base import RejectedRecord

log = logging.getLogger(__name__)

CLOSE_TOLERANCE = 1e-3
"""Relative difference of closes that two vendors of one basis may have; they round, and differ on late prints."""

DISAGREEING_SHARE = 0.01
"""Share of common sessions that may differ by more: single wrong prints, not another scale."""

Series: TypeAlias = tuple[str, str]
"""Symbol and timeframe."""


@dataclass(frozen=True)
class Meeting:
    """Staged bars beside held ones that are not simply their earlier version.

    Parameters
    ----------
    symbol, timeframe : str
        Where they meet.
    source, price_basis, held_source, held_basis : str
        Of the staged and the held bars.
    sessions, disagreeing : int
        Common sessions that differ in anything; those whose closes differ beyond the tolerance.
    least_ratio, greatest_ratio : float
        Of staged to held closes; 0 where there is none.
    """

    symbol: str
    timeframe: str
    source: str
    price_basis: str
    held_source: str
    held_basis: str
    sessions: int
    disagreeing: int
    least_ratio: float
    greatest_ratio: float

    @property
    def is_of_one_source(self) -> bool:
        """Whether a source meets its own bars of the same basis."""
        return (self.source, self.price_basis) == (self.held_source, self.held_basis)


@dataclass(frozen=True)
class HeldSpan:
    """What is held of one series, and how many of its bars are staged."""

    symbol: str
    timeframe: str
    held_bars: int
    served_bars: int
    first_day: date
    last_day: date


def check_batches(cursor: psycopg.Cursor[Any]) -> None:
    """Refuse staged batches that cannot be landed whatever is held.

    Raises
    ------
    DataError
        If a symbol is no instrument (the table has no foreign key: one check per batch instead of one per bar), or its
        batches are in several price bases.
    """
    for symbol, timeframe, sources, bases, is_instrument in cursor.execute(statement("select_unusable_batches")):
        if not is_instrument:
            known = [row[0] for row in cursor.execute("select symbol from market_data.instruments")]
            message = unknown_value("symbol", symbol, known)
            raise DataError(f"{' and '.join(sources)} gave bars of no instrument: {message}; add it to universe.yaml")
        raise DataError(
            f"{symbol} ({timeframe}) has bars in several price bases, {' and '.join(bases)}, from "
            f"{' and '.join(sources)}; list one of them for it in sources.yaml"
        )


def settle_sources(cursor: psycopg.Cursor[Any], *, heal: bool) -> list[RejectedRecord]:
    """Take out of the staged bars what must not stand beside, or overwrite, the bars of another source.

    Parameters
    ----------
    cursor : psycopg.Cursor
    heal : bool
        Whether prices that a source has restated are an error of their own, so that their whole history is landed.

    Returns
    -------
    list of RejectedRecord
        One per series that was left out, the others being landed.

    Raises
    ------
    RestatedHistory
        If a source has adjusted its prices since, and they are to be healed.
    DataError
        If no series that is staged may stand beside what is held; it names the symbol, both sources and the remedy.
    """
    meetings = _meetings(cursor)
    if not meetings:
        return []
    spans = _held_spans(cursor, sorted({(meeting.symbol, meeting.timeframe) for meeting in meetings}))
    replaced = [series for series, span in spans.items() if span.served_bars == span.held_bars]
    refused = [
        (meeting, reason)
        for meeting in meetings
        if (meeting.symbol, meeting.timeframe) not in replaced
        and (reason := _objection(meeting, spans[meeting.symbol, meeting.timeframe]))
    ]
    restated = [(meeting, reason) for meeting, reason in refused if meeting.is_of_one_source]
    if heal and restated:
        raise _restated(restated, spans)
    left_out = {(meeting.symbol, meeting.timeframe) for meeting, _ in refused}
    if left_out and len(left_out) == _staged_series(cursor):
        raise DataError(_refusal(refused, spans))
    for name in ("delete_refused_changes", "delete_refused_batches"):
        cursor.execute(
            statement(name),
            {"symbols": [symbol for symbol, _ in left_out], "timeframes": [timeframe for _, timeframe in left_out]},
        )
    cursor.execute(
        statement("delete_foreign_bars"),
        {"symbols": [symbol for symbol, _ in replaced], "timeframes": [timeframe for _, timeframe in replaced]},
    )
    log.info("%s bars of other sources stay as they are; %s series are replaced", cursor.rowcount, len(replaced))
    return [_left_out(meeting, reason, spans) for meeting, reason in refused]


def _meetings(cursor: psycopg.Cursor[Any]) -> list[Meeting]:
    with cursor.connection.cursor(row_factory=class_row(Meeting)) as rows:
        return rows.execute(statement("select_met_sources"), {"tolerance": CLOSE_TOLERANCE}).fetchall()


def _held_spans(cursor: psycopg.Cursor[Any], series: list[Series]) -> dict[Series, HeldSpan]:
    keys = {"symbols": [symbol for symbol, _ in series], "timeframes": [timeframe for _, timeframe in series]}
    with cursor.connection.cursor(row_factory=class_row(HeldSpan)) as rows:
        found = rows.execute(statement("select_served_spans"), keys).fetchall()
    return {(span.symbol, span.timeframe): span for span in found}


def _objection(meeting: Meeting, span: HeldSpan) -> str | None:
    """Return why staged bars may not stand beside the held ones, or None where they may."""
    if meeting.price_basis != meeting.held_basis:
        return f"prices are {meeting.price_basis}, those held from {meeting.held_source} are {meeting.held_basis}"
    if meeting.source != meeting.held_source:
        if meeting.disagreeing <= DISAGREEING_SHARE * meeting.sessions:
            return None
        return (
            f"closes differ from those held from {meeting.held_source} by more than {CLOSE_TOLERANCE:.1%} on "
            f"{meeting.disagreeing} of {meeting.sessions} common sessions"
        )
    # a correction leaves some of the sessions as they were, or moves them apart
    # one session alone may be corrected by a little; a tenth or a double of it is another scale
    is_split = not 0.7 < meeting.least_ratio < 1.4
    is_restated = (
        meeting.disagreeing == meeting.sessions == span.served_bars > 0
        and (span.served_bars > 1 or is_split)
        and meeting.greatest_ratio <= meeting.least_ratio * (1 + CLOSE_TOLERANCE)
    )
    if not is_restated:
        return None
    return (
        f"prices ({meeting.price_basis}-adjusted) are {meeting.greatest_ratio:.4g} times those held from "
        f"{meeting.held_source} on all {meeting.sessions} common sessions: it has adjusted its history since"
    )


def _staged_series(cursor: psycopg.Cursor[Any]) -> int:
    query = "select count(distinct (symbol, timeframe)) from staged_batches"
    return int((cursor.execute(query).fetchone() or (0,))[0])


def _left_out(meeting: Meeting, reason: str, spans: dict[Series, HeldSpan]) -> RejectedRecord:
    span = spans[meeting.symbol, meeting.timeframe]
    return RejectedRecord(
        key=f"{meeting.symbol}|{meeting.timeframe}|{span.first_day}..{span.last_day}",
        source=meeting.source,
        reason=_refusal([(meeting, reason)], spans),
        record={"symbol": meeting.symbol, "held_source": meeting.held_source, "held_basis": meeting.held_basis},
    )


def _restated(restated: list[tuple[Meeting, str]], spans: dict[Series, HeldSpan]) -> RestatedHistory:
    found = [spans[meeting.symbol, meeting.timeframe] for meeting, _ in restated]
    return RestatedHistory(
        _refusal(restated, spans),
        symbols=tuple(sorted({span.symbol for span in found})),
        first_day=min(span.first_day for span in found),
        last_day=max(span.last_day for span in found),
    )


def _refusal(refused: list[tuple[Meeting, str]], spans: dict[Series, HeldSpan]) -> str:
    meeting, reason = refused[0]
    span = spans[meeting.symbol, meeting.timeframe]
    others = sorted({other.symbol for other, _ in refused} - {meeting.symbol})
    also = f"; the same holds for {', '.join(others[:20])}" + (" and others" if len(others) > 20 else "")
    return (
        f"{meeting.symbol} ({meeting.timeframe}): {meeting.source} cannot continue what is held: its {reason}. "
        f"Land it from {meeting.source} for every session held, {span.first_day} to {span.last_day} (this run serves "
        f"{span.served_bars} of {span.held_bars}), or leave {meeting.source.partition(':')[0]} out by skip_sources"
        f"{also if others else ''}"
    )
