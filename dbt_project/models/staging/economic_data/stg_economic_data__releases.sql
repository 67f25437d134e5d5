with

source as (
    select * from {{ source('economic_data', 'releases') }}
),

renamed as (
    select
        series_id,
        source as source_name,
        value as released_value,
        observation_date,
        released_on as release_date,
        ingested_at
    from source
)

select * from renamed
