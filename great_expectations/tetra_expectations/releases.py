"""Suite ``economic_data.releases``: macro observations that a run has just landed.

The frame is ``tetra.data.slices.load_macro``. A slice between two releases has no observation: then there is nothing
to judge and the gate does not run; on an empty slice it fails.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

NAME = "economic_data.releases"


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges, cross-column."""
    return gx.ExpectationSuite(
        name=NAME,
        expectations=[
            gxe.ExpectTableColumnsToMatchSet(
                column_set=["series_id", "observation_date", "released_on", "value", "share_of_days_allowed"],
                exact_match=False,
                severity="critical",
                notes="Domain: without one of these columns a check below would look at nothing.",
            ),
            gxe.ExpectTableRowCountToBeBetween(
                min_value=1, severity="critical", notes="Domain: a gate never passes on nothing."
            ),
            gxe.ExpectCompoundColumnsToBeUnique(
                column_list=["series_id", "observation_date", "released_on"],
                severity="critical",
                notes="Domain: the grain. An absent release date counts as one value.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="value", severity="critical", notes="Domain: an observation has a value."
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="share_of_days_allowed",
                max_value=1,
                severity="warning",
                notes="Days since the series' previous observation over the most its frequency allows (daily 7, "
                "weekly 14, monthly 31, quarterly 92). Sample 1990-2019: at most 1.",
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="released_on",
                column_B="observation_date",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                severity="critical",
                notes="Domain: nothing is published before the period it describes begins.",
            ),
        ],
        notes="One row per series, observation and release of it.",
    )
