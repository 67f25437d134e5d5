"""Sentiment of the headlines that came without a vendor's: scored by the lexicon, kept in ``news.sentiment``."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from tetra.data import upsert
from tetra.data.bulk import Column
from tetra.data.statements import statement
from tetra.data.tables import SENTIMENT, as_columns
from tetra.news.scoring import SCORER, score_headline, scorer_version

log = logging.getLogger(__name__)

SOURCE = "tetra"
"""Of rows computed here; whatever has another came with its article."""


@dataclass(frozen=True)
class SentimentReport:
    """Rows of ``news.sentiment`` that were written.

    Parameters
    ----------
    inserted, updated : int
        Articles scored for the first time, and those whose score or scorer's version changed.
    """

    inserted: int
    updated: int


def score_articles(connection: psycopg.Connection[Any]) -> SentimentReport:
    """Score every article that has neither a vendor's score nor one of this scorer's version, in one transaction.

    A revised headline, and every article after an upgrade of the scorer, is scored anew. What a vendor scores later
    keeps the row it has from here.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``, with no transaction open.

    Returns
    -------
    SentimentReport
        Nothing inserted or updated where nothing was new.
    """
    known = {"source": SOURCE, "scorer": SCORER, "scorer_version": scorer_version()}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [SENTIMENT.name])
        articles = cursor.execute(statement("select_articles_without_sentiment"), known).fetchall()
        if not articles:
            return SentimentReport(0, 0)
        upsert.create_staging(connection, SENTIMENT)
        upsert.stage_columns(connection, SENTIMENT, _columns(articles, known["scorer_version"]))
        upsert.finish_staging(connection, SENTIMENT)
        report = SentimentReport(*upsert.merge_staged(cursor, SENTIMENT))
    log.info("%s %s: %s headlines scored, %s", SCORER, known["scorer_version"], len(articles), report)
    return report


def _columns(articles: Sequence[tuple[str, str]], version: str) -> Sequence[Column]:
    """Return one row per article, about the article as a whole."""
    rows = len(articles)
    values = {
        "article_id": [article_id for article_id, _ in articles],
        "symbol": [None] * rows,
        "scorer": [SCORER] * rows,
        "scorer_version": [version] * rows,
        "score": [score_headline(headline) for _, headline in articles],
        "relevance": [None] * rows,
        "source": [SOURCE] * rows,
    }
    return as_columns(SENTIMENT, values)
