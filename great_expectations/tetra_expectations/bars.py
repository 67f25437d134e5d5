"""What daily and hourly bars have in common; ``ohlcv`` and ``ohlcv_hourly`` add what is their own."""

from __future__ import annotations

from great_expectations import expectations as gxe

from tetra.data.records import BAR_FIELDS
from tetra_expectations.common import CRITICAL, WARNING, absent, always, at_most, holds_all, present

COLUMNS = (
    "symbol",
    "session_date",
    *BAR_FIELDS,
    "simple_return",
    "return_zscore",
    "return_at_source_change",
    "changes_price_basis",
    "split_seam",
    "decimal_shift",
    "reversed_jump",
    "range_factor",
    *(f"{name}_unchanged" for name in BAR_FIELDS),
    "is_session",
    "is_after_delisting",
    "sessions_missing",
    "sessions_silent",
    "share_set_aside",
    "highest_allowed",
    "lowest_allowed",
    "lowest_price",
)

LONG_HOLE_SESSIONS = 20
"""A month of sessions."""

UNCHANGED_BARS = 9
"""So often in a row may a field be the same."""


def completeness() -> list[gxe.Expectation]:
    """Return that symbols have the bars they should."""
    return [
        present("close", "Domain: a bar without a close is no bar."),
        holds_all(
            "symbol",
            "expected_symbols",
            "Domain: an instrument that has begun and is not delisted (instruments.delisted_on) has a bar in the "
            "slice. One whose source ended is named until delisted_on is set or another source goes on.",
        ),
        holds_all(
            "symbol",
            "symbols_set_aside",
            "A symbol of which every record in the slice was set aside: a column of zeros, another layout. Why: "
            "quality.rejected_records.",
        ),
        at_most(
            "share_set_aside",
            0.0,
            "Records of a symbol's sessions set aside at landing over all of them, on its last bar; 2,402,891 bars of "
            "504 stocks 1999-2021: none. Why: quality.rejected_records.",
        ),
        at_most(
            "sessions_missing",
            LONG_HOLE_SESSIONS - 1,
            "A month or more of sessions missing before a bar. Warning only: trading may be suspended so long. 504 "
            "stocks 1999-2021: longest hole 1 session.",
        ),
        at_most(
            "sessions_missing",
            0,
            "Sessions of the slice missing before a bar, in quality.gaps too; refetch_gaps asks for them again. 504 "
            "stocks 1999-2021: 27 single sessions of 5 symbols.",
        ),
        at_most(
            "sessions_silent",
            0,
            "Stale: bars stopped so many sessions before the slice's end and the symbol is not delisted. 504 stocks "
            "1999-2021: one (VAR, bought by Siemens, 3 sessions).",
        ),
        always(
            "is_after_delisting",
            False,
            "A bar after instruments.delisted_on: that date is wrong, or the ticker is another company's by now.",
            severity=WARNING,
        ),
    ]


def continuity() -> list[gxe.Expectation]:
    """Return that a bar goes on from the one before it."""
    return [
        absent(
            "decimal_shift",
            "Domain: no close is ten, a hundred or a thousand times both its neighbours, or such a part of them "
            "(within a factor of 1.5). 504 stocks 1999-2021: none. One on the slice's last bar is seen a session "
            "later.",
            severity=CRITICAL,
        ),
        absent(
            "reversed_jump",
            "A close at least 1.4 times both its neighbours, or such a part of them, as the factor. 504 stocks "
            "1999-2021: 5 bars, of which 3 are the vendor's (CMCSA 2004-08-02, two thirds of the price for one day).",
        ),
        absent(
            "split_seam",
            "Adjustment seam: the price of a stock or fund jumps by a ratio of splits (3:2, n:1 or their inverse, "
            "within 3 % at the open and 10 % at the close) which corporate_actions does not explain. Raw bars owe "
            "such a jump to a split booked that day; adjusted ones to none. 504 stocks 1999-2021: 23 bars, of which 5 "
            "are splits that the vendor missed or booked on another day (ANTM 2005-06-02) and 18 fell or rose by a "
            "third on news.",
        ),
        always(
            "changes_price_basis",
            False,
            "Adjustment seam: raw, split- and total-adjusted prices side by side in one symbol. Landing refuses to "
            "mix them; load the symbol's whole history from one source.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="return_at_source_change",
            min_value=-0.2,
            max_value=0.2,
            severity=WARNING,
            notes="Adjustment seam: where one source goes on from another, a jump is their difference, not the "
            "market's. Sample 1990-2022, S&P 500 where arch ends: below 0.01.",
        ),
        *(
            at_most(
                f"{name}_unchanged",
                UNCHANGED_BARS,
                f"Stale or constant: the same {name} on so many bars in a row, zero or another, told on the last of "
                "them. 504 stocks 1999-2021: 10 or more for TTWO 2002-01 (trading suspended), and for the prices of "
                "TYL 2000-12 and MNST 2000-04 (about 2 USD).",
            )
            for name in BAR_FIELDS
        ),
    ]


def ranges() -> list[gxe.Expectation]:
    """Return that prices are possible."""
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="lowest_price",
            min_value=0,
            strict_min=True,
            severity=CRITICAL,
            notes="Domain: shares, funds and indices cost more than nothing. Null for commodities: WTI settled at "
            "-37.63 on 2020-04-20.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="volume",
            min_value=0,
            strict_min=True,
            mostly=0.999,
            severity=WARNING,
            notes="A session on which nothing traded is rare and a zero for a missing volume is common. Below 1 "
            "because 2 of 5,031 NASDAQ Composite sessions 1999-2018 are such zeros (2015-05-12, 2018-01-09), and 187 "
            "of 2,402,891 bars of 504 stocks.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="simple_return",
            min_value=-0.85,
            max_value=4.0,
            severity=WARNING,
            notes="After corporate actions. A decimal point shifted by one place gives -0.9 or +9. Sample 1990-2022: "
            "-0.67 (RRC 1990-04-10) to +1.16 (VIX 2018-02-05); 504 stocks 1999-2021: -0.68 to +3.42 but for one "
            "spin-off that the vendor did not book (KSU 2000-07-13, -0.93).",
        ),
    ]


def across_columns() -> list[gxe.Expectation]:
    """Return that low, open, close and high are in order."""
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
            severity=CRITICAL,
            notes=f"{reason} Within 1e-6 of the close: vendors round each adjusted field by itself.",
        )
        for (above, below), reason in reasons.items()
    ]
