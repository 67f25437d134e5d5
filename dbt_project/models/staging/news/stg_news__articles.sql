with

source as (
    select * from {{ source('news', 'articles') }}
),

renamed as (
    select
        article_id,
        headline,
        publisher,
        summary,
        url,
        source as source_name,
        published_on as publication_date,
        published_at,
        ingested_at
    from source
)

select * from renamed
