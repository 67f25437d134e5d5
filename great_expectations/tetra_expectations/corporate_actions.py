"""Suite ``market_data.corporate_actions``: splits and dividends with an ex-date in the sessions a run has just landed.

The frame is ``tetra.data.slices_actions.load_actions``: one row per action, beside the closes around its ex-date. Most
single sessions have none: then there is nothing to judge and the gate does not run; on an empty slice it fails.
Measured on the actions in 504 stocks' daily files 1999-2021: 473 splits, 27,728 dividends.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import CRITICAL, WARNING, always, among, at_most, grain, present, shape, suite

NAME = "market_data.corporate_actions"
LABELS = ("symbol", "action_type", "ex_date")

COLUMNS = (*LABELS, "value", "is_session", "dividend_yield", "value_kept", "split_ratio_error")


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges, cross-column."""
    return suite(
        NAME,
        [*shape(COLUMNS), grain(LABELS, "Domain: the grain."), *_domains(), *_ranges(), *_across_columns()],
        "One row per symbol, kind of action and ex-date.",
    )


def _domains() -> list[gxe.Expectation]:
    return [
        present("value", "Domain: an action without a value changes nothing."),
        among("action_type", ("split", "dividend"), "Domain: the kinds that prices are adjusted by."),
        always(
            "is_session",
            True,
            "An ex-date is a session of the exchange: on another day it is misread, or of another market. Measured: "
            "all are.",
            severity=WARNING,
        ),
    ]


def _ranges() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="value",
            min_value=0,
            strict_min=True,
            severity=CRITICAL,
            notes="Domain: a split into no share, or a dividend that the holder pays, does not exist.",
        ),
        at_most(
            "split_ratio_error",
            2e-3,
            "Splits are of n shares for m, both whole and one at most 10; vendors round to three digits. Measured: 23 "
            "are spin-offs booked as splits (HON 2018-10-01: 1.011) or stock dividends of 5 %.",
        ),
    ]


def _across_columns() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="dividend_yield",
            max_value=1,
            strict_max=True,
            severity=CRITICAL,
            notes="Domain: what is paid is less than the price it is paid from; both in the shares of that day (raw "
            "bars only). Prices cannot be adjusted for more.",
        ),
        at_most(
            "dividend_yield",
            0.25,
            "More than a quarter of the price at once is a spin-off or a misplaced decimal point (raw bars only). "
            "Measured: 30, all spin-offs and special dividends, at most 0.77.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="value_kept",
            min_value=0.7,
            max_value=1.4,
            severity=WARNING,
            notes="What a holder has after a split over what he had before: a split that the price does not show is "
            "booked on the wrong day, or the bars are adjusted for it already (raw bars only). Measured: 4, with "
            "another ratio or day than the price shows (ANTM 2002-03-18).",
        ),
    ]
