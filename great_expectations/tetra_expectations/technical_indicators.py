"""Suite ``derived.technical_indicators``: the indicators of the as-of session, after a build.

The frame is ``tetra.data.slices_derived.load_technical_indicators``: one row per instrument with daily bars by then.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import CRITICAL, absent, at_most, grain, shape, suite
from tetra_expectations.daily_returns import rows_of_every_bar

NAME = "derived.technical_indicators"
LABELS = ("symbol", "session_date")

ROUNDING = 1e-9
OSCILLATORS = {
    "rsi_14": "gains over gains and losses",
    "stochastic_k": "the close's place between low and high",
    "stochastic_d": "a mean of stochastic_k",
    "plus_di_14": "a share of the true range",
    "minus_di_14": "a share of the true range",
    "adx_14": "an average of shares",
}
COLUMNS = (
    *LABELS,
    "sessions_landed",
    "sessions_built",
    "last_landed",
    "last_built",
    "averages_missing",
    "sma_200_off",
    "bollinger_lower",
    "bollinger_middle",
    "bollinger_upper",
    "atr_14",
    *OSCILLATORS,
)


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges, cross-column."""
    return suite(
        NAME,
        [
            *shape(COLUMNS),
            grain(("symbol",), "Domain: a symbol with two rows on the as-of session has two here."),
            *rows_of_every_bar(),
            absent(
                "averages_missing",
                "Definition: averages of closes are there once a year of sessions is; these are not.",
                severity=CRITICAL,
            ),
            *_ranges(),
            *_across_columns(),
        ],
        "One row per instrument with daily bars.",
    )


def _ranges() -> list[gxe.Expectation]:
    return [
        *(
            gxe.ExpectColumnValuesToBeBetween(
                column=column,
                min_value=-ROUNDING,
                max_value=100 + ROUNDING,
                severity=CRITICAL,
                notes=f"Definition: {meaning}, times 100; within rounding.",
            )
            for column, meaning in OSCILLATORS.items()
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="atr_14", min_value=0, severity=CRITICAL, notes="Definition: a mean of distances."
        ),
    ]


def _across_columns() -> list[gxe.Expectation]:
    return [
        at_most(
            "sma_200_off",
            ROUNDING,
            "Definition: the mean of the last 200 closes of derived.daily_returns. Off where one of the two marts was "
            "left on prices of before a corporate action.",
            severity=CRITICAL,
        ),
        *(
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=above,
                column_B=below,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                severity=CRITICAL,
                notes="Definition: a band lies as far above the middle as below, by two deviations.",
            )
            for above, below in (
                ("bollinger_upper", "bollinger_middle"),
                ("bollinger_middle", "bollinger_lower"),
            )
        ),
    ]
