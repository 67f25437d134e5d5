with

articles as (
    select * from {{ ref('stg_news__articles') }}
),

mentions as (
    select * from {{ ref('stg_news__mentions') }}
),

sentiment as (
    select * from {{ ref('stg_news__sentiment') }}
),

-- an article that names no instrument is about the market
subjects as (
    select
        articles.article_id,
        coalesce(mentions.symbol, '*') as symbol,
        articles.publication_date,
        articles.published_at
    from articles
    left join mentions on articles.article_id = mentions.article_id
),

-- of each scorer the score for the instrument where it gives one, that of the article as a whole otherwise
scores as (
    select distinct on (subjects.article_id, subjects.symbol, sentiment.scorer)
        subjects.article_id,
        subjects.symbol,
        sentiment.sentiment_score,
        coalesce(sentiment.relevance, 1) as relevance
    from subjects
    inner join sentiment
        on
            subjects.article_id = sentiment.article_id
            and subjects.symbol = coalesce(sentiment.symbol, subjects.symbol)
    order by subjects.article_id, subjects.symbol, sentiment.scorer, sentiment.symbol nulls last
),

mean_scores as (
    select
        article_id,
        symbol,
        avg(sentiment_score) as sentiment_score,
        avg(relevance) as relevance
    from scores
    group by article_id, symbol
),

scored as (
    select
        subjects.article_id,
        subjects.symbol,
        mean_scores.sentiment_score,
        mean_scores.relevance,
        subjects.publication_date,
        subjects.published_at
    from subjects
    left join mean_scores
        on
            subjects.article_id = mean_scores.article_id
            and subjects.symbol = mean_scores.symbol
)

select * from scored
