"""Slices of ``events`` and of index membership: each record beside the ones before it and the instruments it names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg

from tetra.data.ingest_records import SCHEDULED_DAYS
from tetra.data.slices import Loaded, Span, select_frame

SATURDAY = 5


def load_earnings(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the announcements of the slice, and those scheduled after it."""
    end = span.end + timedelta(days=SCHEDULED_DAYS["earnings"])
    frame = select_frame(
        connection,
        "select_earnings_validation",
        {"start": span.first_day, "end": end},
        columns=(
            "symbol",
            "announced_quarter",
            "announced_on",
            "eps_reported",
            "eps_estimate",
            "landed_on",
            "announcements",
        ),
        dates=("announced_quarter", "announced_on", "landed_on"),
        numbers=("eps_reported", "eps_estimate", "announcements"),
    )
    frame["is_weekend"] = frame["announced_on"].dt.day_of_week >= SATURDAY
    frame["earnings_per_share"] = frame[["eps_reported", "eps_estimate"]].abs().max(axis=1)
    ahead = (frame["announced_on"] - frame["landed_on"]).dt.days.astype(float)
    frame["days_known_ahead"] = ahead.where(frame["eps_reported"].notna())
    frame["days_since_previous"] = frame.groupby("symbol")["announced_on"].diff().dt.days.astype(float)
    return frame, {}


def load_economic_events(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the releases of the slice, and those scheduled after it."""
    end = span.end + timedelta(days=SCHEDULED_DAYS["economic_events"])
    frame = select_frame(
        connection,
        "select_economic_events_validation",
        {"start": span.first_day, "end": end},
        columns=(
            "event_name",
            "country",
            "event_date",
            "event_day_utc",
            "importance",
            "actual",
            "landed_on",
            "unknown_series",
        ),
        dates=("event_date", "event_day_utc", "landed_on"),
        numbers=("actual", "unknown_series"),
    )
    frame["is_weekend"] = frame["event_date"].dt.day_of_week >= SATURDAY
    # local and UTC days differ by one at most
    frame["days_apart"] = (frame["event_day_utc"] - frame["event_date"]).dt.days.abs().astype(float)
    ahead = (frame["event_date"] - frame["landed_on"]).dt.days.astype(float)
    frame["days_known_ahead"] = ahead.where(frame["actual"].notna())
    return frame, {}


def load_geopolitical_events(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the geopolitical events that began in the slice."""
    frame = select_frame(
        connection,
        "select_geopolitical_events_validation",
        {"start": span.first_day, "end": span.end},
        columns=(
            "event_id",
            "name",
            "category",
            "started_on",
            "ended_on",
            "reference",
            "bad_regions",
            "unknown_symbols",
        ),
        dates=("started_on", "ended_on"),
        numbers=("bad_regions", "unknown_symbols"),
    )
    frame["is_repeated"] = frame.duplicated(["name", "started_on"])
    return frame, {}


def load_security_events(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the security events that were disclosed in the slice."""
    frame = select_frame(
        connection,
        "select_security_events_validation",
        {"start": span.first_day, "end": span.end},
        columns=("event_id", "name", "category", "disclosed_on", "occurred_on", "reference", "unknown_symbols"),
        dates=("disclosed_on", "occurred_on"),
        numbers=("unknown_symbols",),
    )
    frame["days_undisclosed"] = (frame["disclosed_on"] - frame["occurred_on"]).dt.days.astype(float)
    frame["is_repeated"] = frame.duplicated(["name", "disclosed_on"])
    return frame, {}


def load_index_membership(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return every spell there is: a source always gives all of an index, whatever the run is for."""
    frame = select_frame(
        connection,
        "select_index_membership_validation",
        {"end": span.end},
        columns=("index_name", "ticker", "symbol", "valid_from", "valid_to", "members_from_then_on"),
        dates=("valid_from", "valid_to"),
        numbers=("members_from_then_on",),
    )
    spells = frame.groupby(["index_name", "ticker"])
    ended = spells["valid_to"].shift()
    # one that has not ended overlaps every later one
    frame["sp500_members"] = frame["members_from_then_on"].where(frame["index_name"] == "sp500")
    frame["overlaps_previous"] = (spells.cumcount() > 0) & (ended.isna() | (frame["valid_from"] < ended))
    return frame, {}
