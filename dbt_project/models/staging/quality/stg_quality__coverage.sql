with

source as (
    select * from {{ source('quality', 'coverage') }}
),

renamed as (
    select
        kind as series_kind,
        symbol,
        timeframe,
        sessions_expected,
        sessions_held,
        coverage,
        first_session,
        last_session
    from source
)

select * from renamed
