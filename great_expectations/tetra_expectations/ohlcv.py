"""Suite ``market_data.ohlcv``: daily bars of the sessions a run has just landed.

The frame is ``tetra.data.slices.load_bars``: one row per bar, returns and calendar flags computed. Parameters: the
sessions and bars expected by the exchange calendars, and the fewest bars a slice may have.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

NAME = "market_data.ohlcv"

COLUMNS = (
    "symbol",
    "session_date",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "simple_return",
    "return_zscore",
    "is_midnight",
    "is_session",
    "highest_allowed",
    "lowest_allowed",
    "lowest_price",
)


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges, cross-column."""
    return gx.ExpectationSuite(
        name=NAME,
        expectations=[*_shape(), *_keys(), *_completeness(), *_ranges(), *_across_columns()],
        notes="One row per symbol and session. FAIL stops the chain before anything reads the slice.",
    )


def _shape() -> list[gxe.Expectation]:
    return [
        gxe.ExpectTableColumnsToMatchSet(
            column_set=list(COLUMNS),
            exact_match=False,
            severity="critical",
            notes="Domain: without one of these columns a check below would look at nothing.",
        ),
        gxe.ExpectTableRowCountToBeBetween(
            min_value={"$PARAMETER": "fewest_bars"},
            severity="critical",
            notes="Half of the bars expected, at least one: below that the batch is broken, not late. An empty "
            "slice fails here.",
        ),
    ]


def _keys() -> list[gxe.Expectation]:
    return [
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["symbol", "session_date"],
            severity="critical",
            notes="Domain: the grain. The primary key is on the bar's open; two opens could fall on one date.",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="is_midnight",
            value_set=[True],
            severity="critical",
            notes="Domain: a daily bar's ts is 00:00 UTC of its session date.",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="is_session",
            value_set=[True],
            severity="critical",
            notes="Domain: an instrument has bars on sessions of its exchange's calendar only.",
        ),
    ]


def _completeness() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnUniqueValueCountToBeBetween(
            column="session_date",
            min_value={"$PARAMETER": "expected_sessions"},
            severity="critical",
            notes="Domain: every session of XNYS in the slice, from the first bar of all on, has some bar. With "
            "is_session this means: exactly those sessions.",
        ),
        gxe.ExpectTableRowCountToBeBetween(
            min_value={"$PARAMETER": "expected_bars"},
            severity="warning",
            notes="Domain: a bar on each session from an instrument's first bar on; to its last one, or to the "
            "slice's end if it traded within 5 sessions of it. Which are missing: quality.gaps.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="close", severity="critical", notes="Domain: a bar without a close is no bar."
        ),
    ]


def _ranges() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="lowest_price",
            min_value=0,
            strict_min=True,
            severity="critical",
            notes="Domain: shares, funds and indices cost more than nothing. Null for commodities: WTI settled at "
            "-37.63 on 2020-04-20.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="volume",
            min_value=0,
            strict_min=True,
            mostly=0.999,
            severity="warning",
            notes="A session on which nothing traded is rare and a zero for a missing volume is common. Below 1 "
            "because 2 of 5,031 NASDAQ Composite sessions 1999-2018 are such zeros (2015-05-12, 2018-01-09).",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="simple_return",
            min_value=-0.85,
            max_value=4.0,
            severity="warning",
            notes="A decimal point shifted by one place gives -0.9 or +9. Sample 1990-2022: -0.67 (RRC "
            "1990-04-10) to +1.16 (VIX 2018-02-05).",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="return_zscore",
            min_value=-3,
            max_value=3,
            mostly=0.9,
            severity="warning",
            notes="Against the 252 returns before. Sample 1990-2022: 1.5 % lie beyond, so more than a tenth of a "
            "slice at once is a market event or a bad batch.",
        ),
    ]


def _across_columns() -> list[gxe.Expectation]:
    reasons = {
        (
            "highest_allowed",
            "close",
        ): "Domain: low <= close <= high where the source has them; so high < low fails.",
        ("close", "lowest_allowed"): "Domain: as above, from below.",
        ("highest_allowed", "open"): "Domain: low <= open <= high where the source has them.",
        ("open", "lowest_allowed"): "Domain: as above, from below.",
    }
    return [
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=above,
            column_B=below,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            severity="critical",
            notes=f"{reason} Within 1e-6 of the close: vendors round each adjusted field by itself.",
        )
        for (above, below), reason in reasons.items()
    ]
