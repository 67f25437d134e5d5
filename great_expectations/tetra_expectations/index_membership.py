"""Suite ``market_data.index_membership``: who was in which index, all spells that began by a run's end.

The frame is ``tetra.data.slices_events.load_index_membership``. Measured on the S&P 500's spells 1996-2025.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import CRITICAL, WARNING, always, grain, present, shape, suite

NAME = "market_data.index_membership"
LABELS = ("index_name", "ticker", "valid_from")

COLUMNS = (*LABELS, "symbol", "valid_to", "overlaps_previous", "members_from_then_on", "sp500_members")


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges, cross-column."""
    return suite(
        NAME,
        [
            *shape(COLUMNS),
            grain(LABELS, "Domain: the grain."),
            present("ticker", "Domain: a member has a ticker."),
            present("valid_from", "Domain: without a first day nobody knows who was a member when."),
            always(
                "overlaps_previous",
                False,
                "Domain: a ticker is in an index once; two spells at a time count it twice. Measured: none.",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="sp500_members",
                min_value=480,
                max_value=520,
                severity=WARNING,
                notes="Members of sp500 on the day a spell begins; 500 companies, some with two classes of shares. "
                "Measured: 487 to 507, spells of the first years being lost.",
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="valid_to",
                column_B="valid_from",
                ignore_row_if="either_value_is_missing",
                severity=CRITICAL,
                notes="Domain: a spell lasts a day at least; valid_to is the first day no longer a member.",
            ),
        ],
        "One row per index, ticker and unbroken time in it.",
    )
