"""Suite ``derived.macro_as_known``: the macro values of the as-of session, as they were known on it.

The frame is ``tetra.data.slices_derived.load_macro_as_known``: one row per series of which anything was released by
then.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import CRITICAL, grain, not_before, present, shape, suite

NAME = "derived.macro_as_known"
LABELS = ("series_id", "session_date")

COLUMNS = (*LABELS, "release_date", "observation_date", "value", "newest_released", "value_released")


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, cross-column."""
    return suite(
        NAME,
        [
            *shape(COLUMNS),
            grain(("series_id",), "Domain: the grain, on one session."),
            present("value", "Definition: a series of which anything was released has a value from then on."),
            not_before(
                "session_date", "release_date", "Definition: what was released later was not known on the session."
            ),
            not_before(
                "observation_date",
                "newest_released",
                "Definition: the newest observation that was released by then, not an older one.",
            ),
            gxe.ExpectColumnPairValuesToBeEqual(
                column_A="value",
                column_B="value_released",
                ignore_row_if="either_value_is_missing",
                severity=CRITICAL,
                notes="Definition: the value that the observation had then; a later revision is a look into the "
                "future.",
            ),
        ],
        "One row per macro series.",
    )
