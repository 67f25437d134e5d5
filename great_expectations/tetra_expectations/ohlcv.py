"""Suite ``market_data.ohlcv``: daily bars of the sessions a run has just landed.

The frame is ``tetra.data.slices_bars.load_daily_bars``: one row per bar, beside its neighbours and its calendar.
Parameters: the sessions, bars and symbols expected by the exchange calendars, and the fewest bars a slice may have.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations import bars
from tetra_expectations.common import CRITICAL, WARNING, always, at_most, grain, suite

NAME = "market_data.ohlcv"
LABELS = ("symbol", "session_date")

COLUMNS = (*bars.COLUMNS, "is_midnight", "stock_session_date")


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, continuity, ranges, cross-column."""
    return suite(
        NAME,
        [
            *_shape(),
            *_keys(),
            *_completeness(),
            *bars.completeness(),
            *bars.continuity(),
            *bars.ranges(),
            *_ranges(),
            *bars.across_columns(),
        ],
        "One row per symbol and session. FAIL stops the chain before anything reads the slice.",
    )


def _shape() -> list[gxe.Expectation]:
    return [
        gxe.ExpectTableColumnsToMatchSet(
            column_set=list(COLUMNS),
            exact_match=False,
            severity=CRITICAL,
            notes="Domain: without one of these columns a check below would look at nothing.",
        ),
        gxe.ExpectTableRowCountToBeBetween(
            min_value={"$PARAMETER": "fewest_bars"},
            severity=CRITICAL,
            notes="Half of the bars expected, at least one: below that the batch is broken, not late. An empty "
            "slice fails here.",
        ),
    ]


def _keys() -> list[gxe.Expectation]:
    return [
        grain(LABELS, "Domain: the grain. The primary key is on the bar's open; two opens could fall on one date."),
        always("is_midnight", True, "Domain: a daily bar's ts is 00:00 UTC of its session date."),
        always("is_session", True, "Domain: an instrument has bars on sessions of its exchange's calendar only."),
    ]


def _completeness() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnUniqueValueCountToBeBetween(
            column="stock_session_date",
            min_value={"$PARAMETER": "expected_sessions"},
            severity=CRITICAL,
            notes="Domain: every session of XNYS in the slice, from the first bar of all on, has a bar of some stock, "
            "fund or index. With is_session this means: exactly those sessions. Not asked of a run for some symbols.",
        ),
        gxe.ExpectTableRowCountToBeBetween(
            min_value={"$PARAMETER": "expected_bars"},
            severity=WARNING,
            notes="Domain: a bar on each session from an instrument's first bar on; to its last one, or to the "
            "slice's end if it traded within 5 sessions of it. Which are missing: quality.gaps.",
        ),
    ]


def _ranges() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="return_zscore",
            min_value=-3,
            max_value=3,
            mostly=0.9,
            severity=WARNING,
            notes="Against the 252 returns before. Sample 1990-2022: 1.5 % lie beyond, 504 stocks 1999-2021: 1.6 %; so "
            "more than a tenth of a slice at once is a market event or a bad batch.",
        ),
        at_most(
            "range_factor",
            5,
            "High or low so many times away from open and close: one field a decimal place off. 504 stocks 1999-2021: "
            "at most 4.83; in the crash of 2010-05-06 shares did trade at 0.01 for a moment.",
        ),
    ]
