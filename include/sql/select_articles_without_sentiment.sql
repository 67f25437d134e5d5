-- Articles without a vendor's score, and without one of this scorer and version that is as new as the headline.
with settled as (
    select
        article_id,
        max(case when source = %(source)s then ingested_at else 'infinity' end) as settled_at
    from news.sentiment
    where source <> %(source)s or (scorer = %(scorer)s and scorer_version = %(scorer_version)s)
    group by article_id
)

select
    articles.article_id,
    articles.headline
from news.articles
left join settled on articles.article_id = settled.article_id and articles.ingested_at <= settled.settled_at
where settled.article_id is null
order by articles.article_id
