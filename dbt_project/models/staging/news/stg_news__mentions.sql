with

source as (
    select * from {{ source('news', 'mentions') }}
),

renamed as (
    select
        article_id,
        symbol,
        source as source_name,
        ingested_at
    from source
)

select * from renamed
