"""Suite ``news.articles``: articles published on the days of a run's sessions, the closed days before them included.

The frame is ``tetra.data.slices_news.load_articles``. Measured on 18,137 S&P 500 headlines 2008-2024.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import CRITICAL, WARNING, at_most, grain, present, shape, suite

NAME = "news.articles"
LABELS = ("headline", "published_on")

COLUMNS = (
    "article_id",
    *LABELS,
    "day_in_new_york",
    "url",
    "publisher",
    "mentions",
    "days_since_previous",
    "headline_length",
)


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, domains, cross-column."""
    return suite(
        NAME,
        [
            *shape(COLUMNS),
            grain(("article_id",), "Domain: the grain."),
            present("headline", "Domain: sentiment is read from it."),
            present("published_on", "Domain: without a day nobody knows when it could be known."),
            *_completeness(),
            *_domains(),
            gxe.ExpectColumnPairValuesToBeEqual(
                column_A="published_on",
                column_B="day_in_new_york",
                ignore_row_if="either_value_is_missing",
                severity=CRITICAL,
                notes="Domain: the day is the moment's day in New York. A day too early would be a look into the "
                "future.",
            ),
        ],
        "One row per article.",
    )


def _completeness() -> list[gxe.Expectation]:
    return [
        at_most(
            "days_since_previous",
            14,
            "Days without any article before this one: the source fell silent. Measured: 2 silences of 18 days, else "
            "at most 12.",
        )
    ]


def _domains() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeInSet(
            column="headline",
            value_set=["[Removed]", "null", "None", "nan", "N/A"],
            severity=WARNING,
            notes="Words for nothing: NewsAPI's mark of an article that its publisher took back, and what files write.",
        ),
        gxe.ExpectColumnValuesToNotMatchRegex(
            column="headline",
            regex=r"</?\w+[^<>]*>|&(?:amp|lt|gt|quot|nbsp|#\d+);",
            mostly=0.99,
            severity=WARNING,
            notes="Markup left in a headline is read as words. Measured: none; below 1 for a headline about markup.",
        ),
        at_most("headline_length", 500, "Longer is an article's text. Measured: 6 to 172 characters."),
        gxe.ExpectColumnValuesToMatchRegex(
            column="url",
            regex=r"^https?://\S+$",
            severity=WARNING,
            notes="Domain: an address that can be opened. Null where the source gives none.",
        ),
        at_most(
            "mentions", 50, "An article on more instruments at once is a list of tickers, not news of any of them."
        ),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["headline", "published_on", "publisher"],
            mostly=0.98,
            severity=WARNING,
            notes="The same headline of one publisher twice in a day, at two addresses: counted twice in sentiment. "
            "Measured: none; below 1 because columns carry one title every day in several editions.",
        ),
    ]
