with

source as (
    select * from {{ source('events', 'geopolitical_events') }}
),

renamed as (
    select
        event_id,
        name as event_name,
        category,
        regions,
        symbols,
        description,
        reference,
        source as source_name,
        started_on as start_date,
        ended_on as end_date,
        ingested_at
    from source
)

select * from renamed
