with

source as (
    select * from {{ source('quality', 'gaps') }}
),

renamed as (
    select
        kind as series_kind,
        symbol,
        timeframe,
        sessions_missing,
        gap_start,
        gap_end
    from source
)

select * from renamed
