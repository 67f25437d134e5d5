"""Suite ``news.sentiment``: the scores of the articles that a run has just landed.

The frame is ``tetra.data.slices_news.load_sentiment``: one row per article and score; an article without any
keeps a row without a score.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra_expectations.common import CRITICAL, WARNING, always, grain, present, shape, suite

NAME = "news.sentiment"
LABELS = ("headline", "published_on")

COLUMNS = (
    "article_id",
    *LABELS,
    "symbol",
    "scorer",
    "scorer_version",
    "score",
    "relevance",
    "is_mentioned",
    "scores_of_scorer",
)


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges, cross-column."""
    return suite(
        NAME,
        [
            *shape(COLUMNS),
            grain(
                ("article_id", "symbol", "scorer"),
                "Domain: the grain. An article as a whole has no symbol, which counts as one value.",
            ),
            present(
                "score",
                "Definition: every article is scored, by its vendor or by the lexicon. Warning only: the next run "
                "scores what this one left.",
                severity=WARNING,
            ),
            *_ranges(),
            always(
                "is_mentioned",
                True,
                "Domain: a score is on the article as a whole or on an instrument that news.mentions has for it.",
                severity=WARNING,
            ),
        ],
        "One row per article, instrument and scorer.",
    )


def _ranges() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="score", min_value=-1, max_value=1, severity=CRITICAL, notes="Definition: -1 is bad, 1 is good."
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="relevance", min_value=0, max_value=1, severity=CRITICAL, notes="Definition: a fraction."
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="scores_of_scorer",
            min_value=2,
            severity=WARNING,
            notes="A scorer that gives 50 articles or more one and the same score reads nothing.",
        ),
    ]
