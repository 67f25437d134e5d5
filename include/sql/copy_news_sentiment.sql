-- One row per article and instrument it is about, with its mean score over scorers: the score for the instrument where a
-- scorer gives one, that of the article as a whole otherwise. published_at is NaN where only the day is known.
copy (
    select
        (wanted.position - 1)::integer as series,
        (articles.published_on - date '1970-01-01')::integer as day,
        coalesce(extract(epoch from articles.published_at)::double precision, 'NaN') as published_at,
        avg(scores.score) as score
    from unnest(%(symbols)s::text[]) with ordinality as wanted (symbol, position)
    inner join news.mentions on wanted.symbol = mentions.symbol
    inner join news.articles on mentions.article_id = articles.article_id
    inner join lateral (
        select distinct on (sentiment.scorer) sentiment.score
        from news.sentiment
        where
            sentiment.article_id = mentions.article_id
            and (sentiment.symbol = mentions.symbol or sentiment.symbol is null)
        order by sentiment.scorer, sentiment.symbol nulls last
    ) as scores on true
    where articles.published_on <= %(as_of)s
    group by wanted.position, articles.article_id
    order by series, day
) to stdout (format binary)
