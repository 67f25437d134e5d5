with

source as (
    select * from {{ source('news', 'sentiment') }}
),

renamed as (
    select
        article_id,
        symbol,
        scorer,
        scorer_version,
        source as source_name,
        score as sentiment_score,
        relevance,
        ingested_at
    from source
)

select * from renamed
