"""Suite ``derived.daily_returns``: what every other metric and the backtests' signals stand on, after a build.

The frame is ``tetra.data.slices_derived.load_daily_returns``: one row per instrument with daily bars by the as-of date.
dbt tests the table while it builds; here it is counted against what is landed, by another way than it was built.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import CRITICAL, WARNING, always, grain, shape, suite

NAME = "derived.daily_returns"
LABELS = ("symbol", "session_date")

LARGEST_ZSCORE = 10.0

COLUMNS = (
    *LABELS,
    "sessions_landed",
    "sessions_built",
    "last_landed",
    "last_built",
    "return_zscore",
    "is_stale",
    "is_return_missing",
)


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges."""
    return suite(
        NAME,
        [
            *shape(COLUMNS),
            grain(("symbol",), "Domain: a symbol with two rows on the as-of session has two here."),
            *rows_of_every_bar(),
            *_freshness(),
            always(
                "is_return_missing",
                False,
                "Domain: from its second session on a price has a return; none only after one of zero or less (WTI, "
                "2020-04-21).",
                severity=WARNING,
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="return_zscore",
                min_value=-LARGEST_ZSCORE,
                max_value=LARGEST_ZSCORE,
                severity=WARNING,
                notes="Of the as-of session's adjusted return among those of the year before. 153 stocks and funds "
                "1998-2021, against 252 returns: 143 of 730,733 beyond 10, earnings and takeovers among them; else a "
                "corporate action is missing or booked twice.",
            ),
        ],
        "One row per instrument with daily bars.",
    )


def rows_of_every_bar() -> list[gxe.Expectation]:
    """Return that a mart of sessions has a row for each bar landed, up to the as-of date."""
    return [
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="sessions_built",
            column_B="sessions_landed",
            ignore_row_if="neither",
            severity=CRITICAL,
            notes="Definition: one row per daily bar; an incremental build that went wrong has too few or too many.",
        ),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="last_built",
            column_B="last_landed",
            ignore_row_if="either_value_is_missing",
            severity=CRITICAL,
            notes="Definition: built up to the newest bar by the as-of date.",
        ),
    ]


def _freshness() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column="is_stale",
            value_set=[False],
            mostly=0.5,
            severity=CRITICAL,
            notes="Most active instruments have the as-of session; else it is a day that has not landed yet.",
        ),
        always(
            "is_stale",
            False,
            "An active instrument without the as-of session. Warning only: trading is suspended, or it is delisted "
            "and instruments.delisted_on does not say so.",
            severity=WARNING,
        ),
    ]
