"""Suite ``events.geopolitical_events``: events that began on the days of a run's sessions.

The frame is ``tetra.data.slices_events.load_geopolitical_events``. Most single sessions have none: then there is
nothing to judge and the gate does not run; on an empty slice it fails.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra.sources.record_types import GEOPOLITICAL_CATEGORIES
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

NAME = "events.geopolitical_events"
LABELS = ("event_id", "started_on")

COLUMNS = (*LABELS, "name", "category", "ended_on", "reference", "bad_regions", "unknown_symbols", "is_repeated")


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
            present("started_on", "Domain: before that day nobody could act on it."),
            *_domains(),
            not_before("ended_on", "started_on", "Domain: nothing ends before it begins."),
        ],
        "One row per event between or within states.",
    )


def _domains() -> list[gxe.Expectation]:
    return [
        among("category", GEOPOLITICAL_CATEGORIES, "Domain: the categories that strategies may ask for."),
        gxe.ExpectColumnValuesToMatchRegex(
            column="reference",
            regex=r"\w{3}",
            severity=CRITICAL,
            notes="Definition: each entry names the document that says so.",
        ),
        at_most("bad_regions", 0, "Domain: ISO 3166 codes of two letters.", severity=CRITICAL),
        at_most(
            "unknown_symbols",
            0,
            "Domain: instruments that an event names are in market_data.instruments.",
            severity=CRITICAL,
        ),
    ]
