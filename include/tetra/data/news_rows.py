"""Articles as rows of ``news.articles``, ``news.mentions`` and ``news.sentiment``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tetra.data.bulk import Column
from tetra.data.tables import ARTICLES, MENTIONS, SENTIMENT, as_columns, plain
from tetra.sources.record_types import Article, RecordBatch, VendorScore

ID_LENGTH = 32
"""Hexadecimal digits: 128 bits, so that two of a billion articles share an id with a chance of 1e-21."""

VENDOR_SCORER_VERSION = "vendor"
"""Vendors do not number their models."""


def article_id(article: Article) -> str:
    """Return an id that the same article has whoever finds it: from its address, else from what is printed."""
    identity = article.url or f"{article.publisher or ''}|{article.published_on}|{article.headline}"
    return hashlib.sha256(identity.encode()).hexdigest()[:ID_LENGTH]


def article_columns(batch: RecordBatch[Article]) -> Sequence[Column]:
    """Return one row per article."""
    names = ("headline", "published_on", "published_at", "url", "publisher", "summary")
    values = {name: [plain(getattr(article, name)) for article in batch.records] for name in names}
    values |= {
        "article_id": [article_id(article) for article in batch.records],
        "source": [batch.source] * len(batch.records),
    }
    return as_columns(ARTICLES, values)


def mention_columns(batch: RecordBatch[Article]) -> Sequence[Column]:
    """Return one row per article and symbol."""
    pairs = [(article_id(article), symbol) for article in batch.records for symbol in article.symbols]
    values = {
        "article_id": [found for found, _ in pairs],
        "symbol": [symbol for _, symbol in pairs],
        "source": [batch.source] * len(pairs),
    }
    return as_columns(MENTIONS, values)


def sentiment_columns(batch: RecordBatch[Article]) -> Sequence[Column]:
    """Return one row per score that came with an article; its scorer is the vendor."""
    scores: list[tuple[str, VendorScore]] = [
        (article_id(article), score) for article in batch.records for score in article.scores
    ]
    values = {
        "article_id": [found for found, _ in scores],
        "symbol": [score.symbol for _, score in scores],
        "scorer": [batch.source] * len(scores),
        "scorer_version": [VENDOR_SCORER_VERSION] * len(scores),
        "score": [score.score for _, score in scores],
        "relevance": [score.relevance for _, score in scores],
        "source": [batch.source] * len(scores),
    }
    return as_columns(SENTIMENT, values)
