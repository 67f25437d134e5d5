with

source as (
    select * from {{ source('events', 'economic_events') }}
),

renamed as (
    select
        event_name,
        country,
        series_ids,
        importance,
        unit,
        source as source_name,
        actual as actual_value,
        forecast as forecast_value,
        previous as previous_value,
        event_date,
        event_at,
        ingested_at
    from source
)

select * from renamed
