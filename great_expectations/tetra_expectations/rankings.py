"""Suite ``assessment.strategy_rankings``: the ranking of one run date, before it is published.

The frame is ``tetra.data.slices.load_rankings``: strategies that are enabled beside those that are ranked. Ranks and
ranges within the table are dbt's to test.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

NAME = "assessment.strategy_rankings"
LABELS = ("enabled_strategy", "ranked_strategy")


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness."""
    return gx.ExpectationSuite(
        name=NAME,
        expectations=[
            gxe.ExpectTableRowCountToBeBetween(
                min_value=1, severity="critical", notes="Domain: a gate never passes on nothing."
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="ranked_strategy",
                severity="critical",
                notes="Definition: every enabled strategy has a row on every run date, tested or not.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="enabled_strategy",
                severity="critical",
                notes="Definition: only enabled strategies are ranked.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="avg_score",
                mostly=0.5,
                severity="critical",
                notes="A strategy may lack the data it needs and go untested; if more than half do, the backtests "
                "did not run.",
            ),
        ],
        notes="One row per strategy that is enabled or ranked.",
    )
