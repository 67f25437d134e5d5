"""Articles from rows of files, rows about one article joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tetra.sources.file_record_table import RecordTable
from tetra.sources.file_records import Names, Rule, Told
from tetra.sources.record_types import Article, VendorScore

NEW_YORK = ZoneInfo("America/New_York")


def tell_articles(table: RecordTable, names: Names) -> Iterator[Told[Article]]:
    """Yield the articles about symbols asked for, and on the market as a whole where that is asked for."""
    headlines = table.texts("headline", required=True)
    moments, days = _published(table)
    table.row_days = days
    urls, publishers, summaries = table.texts("url"), table.texts("publisher"), table.texts("summary")
    scores, relevances = table.numbers("score"), table.numbers("relevance")
    for row, tickers in enumerate(table.lists("symbols")):
        symbols = names.symbols(tickers)
        headline, day = headlines[row], days[row]
        if not symbols and (tickers or not names.everything):
            table.left_out.add(row)
        elif day is None:
            table.set_aside(row, "it has no day of publication")
        elif headline is not None:
            about = symbols[0] if len(symbols) == len(tickers) == 1 else None
            score = scores[row]
            told = () if score is None else (VendorScore(about, score, relevances[row] if about else None),)
            article = Article(headline, day, moments[row], symbols, urls[row], publishers[row], summaries[row], told)
            yield Told(row, article, day, day, symbols)


def _published(table: RecordTable) -> tuple[list[datetime | None], list[date | None]]:
    """Return moments, and days in New York: of the moment where there is one, else as written."""
    moments, local_days = table.moments("published_at")
    written = table.days("published_on")
    days = [
        moment.astimezone(NEW_YORK).date() if moment else (day or local_day)
        for moment, day, local_day in zip(moments, written, local_days, strict=True)
    ]
    return moments, days


def join_articles(articles: Sequence[Article]) -> Sequence[Article]:
    """Return one article for those of one address, or of one publisher, day and headline: its first telling.

    Files that list headlines by ticker repeat one for each company it is about.
    """
    joined: dict[tuple[str | None, ...], Article] = {}
    for article in articles:
        day = str(article.published_on)
        key = (article.url,) if article.url else (article.publisher, day, article.headline)
        first = joined.get(key)
        if first is None:
            joined[key] = article
            continue
        scored = {score.symbol for score in first.scores}
        scores = first.scores + tuple(score for score in article.scores if score.symbol not in scored)
        symbols = tuple(sorted({*first.symbols, *article.symbols}))
        joined[key] = replace(first, symbols=symbols, scores=scores)
    return tuple(joined.values())


NEWS: Rule[Article] = Rule(tell_articles, join=join_articles)
