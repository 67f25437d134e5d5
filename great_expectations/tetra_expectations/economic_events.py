"""Suite ``events.economic_events``: the economic calendar on the days of a run's sessions, and what is scheduled after.

The frame is ``tetra.data.slices_events.load_economic_events``.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import CRITICAL, WARNING, at_most, grain, present, shape, suite

NAME = "events.economic_events"
LABELS = ("event_name", "country", "event_date")

COLUMNS = (*LABELS, "importance", "is_weekend", "days_apart", "days_known_ahead", "unknown_series")


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, domains, cross-column."""
    return suite(
        NAME,
        [
            *shape(COLUMNS),
            grain(LABELS, "Domain: the grain."),
            present("event_name", "Domain: an event has a name."),
            present("event_date", "Domain: an event has a day."),
            *_domains(),
            at_most(
                "days_apart",
                1,
                "Domain: the moment's day in UTC and the local day differ by one at most; more is a wrong time zone "
                "or year.",
                severity=CRITICAL,
            ),
            at_most(
                "days_known_ahead",
                0,
                "Domain: no actual value is known on a day that has not come.",
                severity=CRITICAL,
            ),
        ],
        "One row per release of the economic calendar.",
    )


def _domains() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToMatchRegex(
            column="country",
            regex="^[A-Z]{2}$",
            severity=CRITICAL,
            notes="Domain: ISO 3166 codes of two letters.",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="importance",
            value_set=["low", "medium", "high"],
            severity=CRITICAL,
            notes="Domain: null where the source does not say.",
        ),
        at_most(
            "unknown_series",
            0,
            "Domain: series that a release names are in economic_data.indicators.",
            severity=CRITICAL,
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="is_weekend",
            value_set=[False],
            mostly=0.9,
            severity=WARNING,
            notes="Statistical offices publish on working days; below 1 because FRED dates series that are computed "
            "daily on all days.",
        ),
    ]
