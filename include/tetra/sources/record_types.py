"""Kinds of data that come as records rather than columns: news, events, index membership.

They come by the thousand, not by the million, so each record is an object with named fields. A batch says which
symbols it answers for: those without a record had none, and no other source need be asked about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Literal, TypeAlias, TypeVar

RecordKind: TypeAlias = Literal[
    "news", "earnings", "economic_events", "geopolitical_events", "security_events", "index_membership"
]
RecordValue: TypeAlias = str | int | float | bool | None

RECORD_KINDS: tuple[RecordKind, ...] = (
    "news",
    "earnings",
    "economic_events",
    "geopolitical_events",
    "security_events",
    "index_membership",
)

EVERYTHING = "*"
"""Stands in ``RecordBatch.served`` and in requests for what no symbol owns: the market, a country, the world."""

AnnouncementTime: TypeAlias = Literal["before_open", "during_session", "after_close"]


@dataclass(frozen=True)
class RejectedRecord:
    """One record that a source gave and that must not be landed.

    Parameters
    ----------
    key : str
        What identifies it in its table ("AAPL|1d|2015-06-01").
    source : str
        Source and data set, as landed rows name it.
    reason : str
        Why, in words a person can act on.
    record : mapping
        The record as it was read; JSON scalars only.
    """

    key: str
    source: str
    reason: str
    record: Mapping[str, RecordValue]


@dataclass(frozen=True)
class RecordRequest:
    """Records wanted from a source.

    Parameters
    ----------
    tickers : mapping of str to str
        Tetra's symbols, each with the ticker this source knows it by.
    start, end : date
        First and last day, both included.
    series_ids : tuple of str
        Macro series whose releases are wanted (economic events).
    """

    tickers: Mapping[str, str]
    start: date
    end: date
    series_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class VendorScore:
    """A sentiment that a vendor gave with an article.

    Parameters
    ----------
    symbol : str or None
        What it is about; None for the article as a whole.
    score : float
        -1 (bad for the price) to 1 (good).
    relevance : float or None
        How much the article is about the symbol, 0 to 1.
    """

    symbol: str | None
    score: float
    relevance: float | None = None


@dataclass(frozen=True)
class Article:
    """One headline.

    Parameters
    ----------
    headline : str
        As printed, trimmed.
    published_on : date
        Day of publication, in New York; where a source gives a moment, the day of that moment.
    published_at : datetime or None
        With a time zone; None where the source gives a day only: then it counts as known after that day's close.
    symbols : tuple of str
        Tetra's symbols it is about, sorted; empty for the market as a whole.
    url, publisher, summary : str or None
        Where the source gives them.
    scores : tuple of VendorScore
        Sentiment that came with it; empty where the source gives none.
    """

    headline: str
    published_on: date
    published_at: datetime | None = None
    symbols: tuple[str, ...] = ()
    url: str | None = None
    publisher: str | None = None
    summary: str | None = None
    scores: tuple[VendorScore, ...] = ()


@dataclass(frozen=True)
class EarningsReport:
    """One quarter's earnings of one symbol, reported or scheduled.

    Parameters
    ----------
    symbol : str
        Tetra's own key.
    announced_quarter : date
        First day of the calendar quarter of the announcement.
    announced_on : date or None
        Day of the announcement, exchange-local; None where the source gives the quarter only.
    announcement_time : str or None
        ``before_open``, ``during_session`` or ``after_close``; None where the source does not say.
    eps_reported, eps_estimate : float or None
        Earnings per share in the instrument's currency, and analysts' mean estimate before. Reported is None while an
        announcement is scheduled.
    """

    symbol: str
    announced_quarter: date
    announced_on: date | None = None
    announcement_time: AnnouncementTime | None = None
    eps_reported: float | None = None
    eps_estimate: float | None = None


@dataclass(frozen=True)
class EconomicEvent:
    """One release of the economic calendar.

    Parameters
    ----------
    event_name : str
        As the publisher calls it ("Employment Situation").
    event_date : date
        Day of the release, local to the country.
    country : str
        ISO 3166 code of two letters.
    event_at : datetime or None
        Moment of the release, with a time zone; None where the source gives the day only.
    series_ids : tuple of str
        Macro series of the universe that are released with it, sorted.
    importance : str or None
        ``low``, ``medium`` or ``high`` where the source says.
    actual, forecast, previous : float or None
        In ``unit``, where the source gives them.
    unit : str or None
    """

    event_name: str
    event_date: date
    country: str
    event_at: datetime | None = None
    series_ids: tuple[str, ...] = ()
    importance: str | None = None
    actual: float | None = None
    forecast: float | None = None
    previous: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class GeopoliticalEvent:
    """One event between or within states that markets had to take a view on.

    Parameters
    ----------
    event_id : str
        Stable key, lower case with hyphens ("russia-invades-ukraine-2022").
    name : str
    category : str
        One of :data:`GEOPOLITICAL_CATEGORIES`.
    started_on : date
        Local day it began, or became known.
    reference : str
        The document that says so: publisher, title, date; a URL where there is a lasting one.
    ended_on : date or None
        Last day, None for a single day or one not over.
    regions : tuple of str
        ISO 3166 codes of two letters, sorted.
    symbols : tuple of str
        Instruments named by it, sorted; often none.
    description : str or None
    """

    event_id: str
    name: str
    category: str
    started_on: date
    reference: str
    ended_on: date | None = None
    regions: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    description: str | None = None


@dataclass(frozen=True)
class SecurityEvent:
    """One cyber attack, breach, outage or act of terror.

    Parameters
    ----------
    event_id, name, reference, symbols, description
        As of :class:`GeopoliticalEvent`.
    category : str
        One of :data:`SECURITY_CATEGORIES`.
    disclosed_on : date
        Day the public learned of it: nothing may be traded on it before.
    occurred_on : date or None
        Day it began, where that is known and differs.
    """

    event_id: str
    name: str
    category: str
    disclosed_on: date
    reference: str
    occurred_on: date | None = None
    symbols: tuple[str, ...] = ()
    description: str | None = None


GEOPOLITICAL_CATEGORIES = ("war", "terrorism", "sanctions", "trade", "election", "coup", "diplomacy", "policy")
SECURITY_CATEGORIES = ("data_breach", "ransomware", "supply_chain", "destructive_attack", "vulnerability", "outage")


@dataclass(frozen=True)
class MembershipSpell:
    """One unbroken time that a ticker was in an index.

    Parameters
    ----------
    index_name : str
        As ``universe.yaml`` calls it ("sp500").
    ticker : str
        As the source writes it; mapped to a symbol where the universe has one.
    valid_from : date
        First day as a member.
    valid_to : date or None
        First day no longer a member; None while it is one.
    """

    index_name: str
    ticker: str
    valid_from: date
    valid_to: date | None = None


Record = TypeVar(
    "Record", Article, EarningsReport, EconomicEvent, GeopoliticalEvent, SecurityEvent, MembershipSpell, covariant=True
)


@dataclass(frozen=True)
class RecordBatch(Generic[Record]):
    """Records of one kind from one data set.

    Parameters
    ----------
    source : str
        Source and data set ("newsapi:everything").
    records : tuple
        In the order of the source.
    served : frozenset of str
        Symbols it answers for, with or without a record; :data:`EVERYTHING` for what no symbol owns.
    rejected : tuple of RejectedRecord
        Records that could not be read.
    """

    source: str
    records: tuple[Record, ...]
    served: frozenset[str]
    rejected: tuple[RejectedRecord, ...] = ()
