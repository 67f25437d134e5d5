with

source as (
    select * from {{ source('economic_data', 'indicators') }}
),

renamed as (
    select
        series_id,
        name as indicator_name,
        unit,
        frequency,
        is_active
    from source
)

select * from renamed
