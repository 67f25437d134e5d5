"""Slices of ``news``: articles, and the sentiment of each."""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg

from tetra.data.slices import Loaded, Span, select_frame

SCORES_NEEDED = 50
"""Fewer scores than this may well be all the same: most headlines have no word of a finance lexicon."""


def load_articles(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the articles of the slice, the closed days before it included, with the days since others appeared."""
    frame = select_frame(
        connection,
        "select_articles_validation",
        {"start": span.first_day, "end": span.end},
        columns=(
            "article_id",
            "headline",
            "published_on",
            "published_at",
            "day_in_new_york",
            "url",
            "publisher",
            "source",
            "mentions",
        ),
        dates=("published_on", "day_in_new_york"),
        numbers=("mentions",),
    )
    days = frame["published_on"].drop_duplicates().sort_values()
    silent = days.diff().dt.days
    # on the first article of a day, so that a silence counts once
    frame["days_since_previous"] = frame["published_on"].map(dict(zip(days, silent, strict=True))).astype(float)
    frame.loc[frame["published_on"].duplicated(), "days_since_previous"] = float("nan")
    frame["headline_length"] = frame["headline"].str.len().astype(float)
    return frame, {}


def load_sentiment(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the scores of the slice's articles; an article without any keeps a row without one."""
    frame = select_frame(
        connection,
        "select_sentiment_validation",
        {"start": span.first_day, "end": span.end},
        columns=(
            "article_id",
            "published_on",
            "headline",
            "symbol",
            "scorer",
            "scorer_version",
            "score",
            "relevance",
            "is_mentioned",
        ),
        dates=("published_on",),
        numbers=("score", "relevance"),
    )
    scored = frame["score"].notna()
    several = pd.Series(frame.loc[scored].groupby("scorer")["score"].transform("size"), index=frame.index)
    distinct = pd.Series(frame.loc[scored].groupby("scorer")["score"].transform("nunique"), index=frame.index)
    frame["scores_of_scorer"] = distinct.where(several >= SCORES_NEEDED).astype(float)
    return frame, {}
