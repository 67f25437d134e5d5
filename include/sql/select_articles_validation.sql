-- One row per article of the slice.
select
    articles.article_id,
    articles.headline,
    articles.published_on,
    articles.published_at,
    (articles.published_at at time zone 'America/New_York')::date as day_in_new_york,
    articles.url,
    articles.publisher,
    articles.source,
    coalesce(mentions.instruments, 0) as mentions
from news.articles
left join lateral (
    select count(*) as instruments
    from news.mentions
    where mentions.article_id = articles.article_id
) as mentions on true
where articles.published_on between %(start)s and %(end)s
order by articles.published_on, articles.article_id
