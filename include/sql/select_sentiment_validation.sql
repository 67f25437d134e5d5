-- One row per article of the slice and score of it; an article that nothing has scored keeps a row without a score.
select
    articles.article_id,
    articles.published_on,
    articles.headline,
    sentiment.symbol,
    sentiment.scorer,
    sentiment.scorer_version,
    sentiment.score,
    sentiment.relevance,
    sentiment.symbol is null or mentions.symbol is not null as is_mentioned
from news.articles
left join news.sentiment on articles.article_id = sentiment.article_id
left join news.mentions
    on sentiment.article_id = mentions.article_id and sentiment.symbol = mentions.symbol
where articles.published_on between %(start)s and %(end)s
order by articles.published_on, articles.article_id, sentiment.scorer, sentiment.symbol
