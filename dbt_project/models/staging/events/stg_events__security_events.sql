with

source as (
    select * from {{ source('events', 'security_events') }}
),

renamed as (
    select
        event_id,
        name as event_name,
        category,
        symbols,
        description,
        reference,
        source as source_name,
        disclosed_on as disclosure_date,
        occurred_on as occurrence_date,
        ingested_at
    from source
)

select * from renamed
