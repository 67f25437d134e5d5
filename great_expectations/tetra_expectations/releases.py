"""Suite ``economic_data.releases``: macro observations of a run's sessions and of the 400 days before, read with them.

The frame is ``tetra.data.slices_macro.load_macro``. Measured on 66 series of FRED, 23,469 observations 1970-2026.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import absent, at_most, grain, holds_all, not_before, present, shape, suite

NAME = "economic_data.releases"
LABELS = ("series_id", "observation_date")

COLUMNS = (
    *LABELS,
    "released_on",
    "value",
    "share_of_days_allowed",
    "share_of_days_until_stale",
    "decimal_shift",
)


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges, cross-column."""
    return suite(
        NAME,
        [
            *shape(COLUMNS),
            grain((*LABELS, "released_on"), "Domain: the grain. An absent release date counts as one value."),
            present("value", "Domain: an observation has a value."),
            *_completeness(),
            absent(
                "decimal_shift",
                "A value ten, a hundred or a thousand times both its neighbours, or such a part of them. Measured: "
                "none. Below zero nothing is judged: rates and balances are, and so is oil (-36.98 on 2020-04-20).",
            ),
            not_before(
                "released_on", "observation_date", "Domain: nothing is published before the period it describes begins."
            ),
        ],
        "One row per series, observation and release of it.",
    )


def _completeness() -> list[gxe.Expectation]:
    return [
        holds_all(
            "series_id",
            "expected_series",
            "A series that was held before the slice has an observation in it: all frequencies have one in 400 days.",
        ),
        at_most(
            "share_of_days_allowed",
            1,
            "Days since the series' previous observation over the most its frequency allows (daily 7, weekly 14, "
            "monthly 31, quarterly 92). Sample 1990-2019: at most 1. Measured: 6 monthly series lack 2025-10, when "
            "the government was shut down, and UMCSENT was quarterly before 1978.",
        ),
        at_most(
            "share_of_days_until_stale",
            1,
            "Stale: days from the series' last observation to the slice's end over the most that its frequency and the "
            "time to publication allow (daily 14, weekly 28, monthly 100, quarterly 240). Measured: series that are "
            "discontinued (OILPRICE 2013) exceed it.",
        ),
    ]
