"""Suite ``events.security_events``: cyber attacks, breaches and outages disclosed on the days of a run's sessions.

The frame is ``tetra.data.slices_events.load_security_events``. Most single sessions have none: then there is
nothing to judge and the gate does not run; on an empty slice it fails.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra.sources.record_types import SECURITY_CATEGORIES
from tetra_expectations.common import (
    CRITICAL,
    WARNING,
    always,
    among,
    at_most,
    grain,
    not_before,
    present,
    shape,
    suite,
)

NAME = "events.security_events"
LABELS = ("event_id", "disclosed_on")

COLUMNS = (
    *LABELS,
    "name",
    "category",
    "occurred_on",
    "reference",
    "days_undisclosed",
    "unknown_symbols",
    "is_repeated",
)


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, domains, cross-column."""
    return suite(
        NAME,
        [
            *shape(COLUMNS),
            grain(("event_id",), "Domain: the grain."),
            always(
                "is_repeated",
                False,
                "One event under two ids: the same name on the same day.",
                severity=WARNING,
            ),
            present("name", "Domain: an event has a name."),
            present("disclosed_on", "Domain: before that day nobody could act on it."),
            *_domains(),
            not_before("disclosed_on", "occurred_on", "Domain: nothing is disclosed before it happens."),
            at_most(
                "days_undisclosed",
                3653,
                "Ten years: longer is a wrong year. Yahoo told in 2016 of 2013, Marriott in 2018 of 2014.",
            ),
        ],
        "One row per cyber attack, breach or outage.",
    )


def _domains() -> list[gxe.Expectation]:
    return [
        among("category", SECURITY_CATEGORIES, "Domain: the categories that strategies may ask for."),
        gxe.ExpectColumnValuesToMatchRegex(
            column="reference",
            regex=r"\w{3}",
            severity=CRITICAL,
            notes="Definition: each entry names the document that says so.",
        ),
        at_most(
            "unknown_symbols",
            0,
            "Domain: instruments that an event names are in market_data.instruments.",
            severity=CRITICAL,
        ),
    ]
