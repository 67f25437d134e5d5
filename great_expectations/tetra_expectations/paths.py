"""Suite ``scenarios.paths``: the paths of every ready scenario of one as-of date.

The frame is ``tetra.data.slices.load_scenarios``: one row per scenario and symbol with its path summed up.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import CRITICAL, absent, shape

NAME = "scenarios.paths"
LABELS = ("scenario_name", "symbol")

COLUMNS = (
    *LABELS,
    "sessions",
    "bars",
    "share_missing",
    "lowest_generated_close",
    "misdated_multipliers",
    "lowest_multiplier",
    "days_read_after_as_of",
    "failed_checks",
    "moments_off",
)


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges."""
    return gx.ExpectationSuite(
        name=NAME,
        expectations=[*shape(COLUMNS), *_keys(), *_completeness(), *_ranges()],
        notes="One row per scenario and symbol of the as-of date, scenarios that are not covered left out.",
    )


def _keys() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="symbol", severity=CRITICAL, notes="Domain: a scenario that is ready has paths."
        ),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["scenario_name", "symbol"], severity=CRITICAL, notes="Domain: the grain."
        ),
    ]


def _completeness() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="bars",
            column_B="sessions",
            ignore_row_if="either_value_is_missing",
            severity=CRITICAL,
            notes="Domain: element i of a path is session i of its scenario.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="misdated_multipliers",
            max_value=0,
            severity=CRITICAL,
            notes="Domain: element i of a scenario's commission or spread multipliers is of its session i.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="share_missing",
            max_value=0.05,
            severity=CRITICAL,
            notes="Definition: a symbol belongs to a scenario when it has at least 95 % of its sessions, to the full "
            "history when it has 95 % of those from its first bar to its last.",
        ),
    ]


def _ranges() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="lowest_generated_close",
            min_value=0,
            strict_min=True,
            severity=CRITICAL,
            notes="Domain: generated returns compound on positive prices, and a series that may be negative is not "
            "generated. Real bars are replayed as they were: oil closed at -37.63 on 2020-04-20.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="lowest_multiplier",
            min_value=0,
            severity=CRITICAL,
            notes="Domain: a cost is paid, never earned.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="days_read_after_as_of",
            max_value=0,
            severity=CRITICAL,
            notes="Definition: nothing later than the as-of date is read; synthetic windows are dated forward.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="failed_checks",
            max_value=0,
            severity=CRITICAL,
            notes="Checks in scenarios.validations that failed for the scenario.",
        ),
        absent(
            "moments_off",
            "Realism: the moments of the family named (told once, on its first path) lie outside the band that its "
            "source gives; of the set: scenarios are too few or one-sided. Values and bounds are in scenarios.realism. "
            "The paths can be used by someone who knows what they lack, and rankings name the family.",
        ),
    ]
