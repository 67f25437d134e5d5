with

source as (
    select * from {{ source('market_data', 'ohlcv') }}
),

renamed as (
    select
        symbol,
        timeframe,
        price_basis,
        source as source_name,
        open as open_price,
        high as high_price,
        low as low_price,
        close as close_price,
        volume,
        -- a daily bar stands at 00:00 UTC of its session, whatever the time zone of this connection
        (ts at time zone 'UTC')::date as session_date,
        ts as opened_at,
        ingested_at
    from source
)

select * from renamed
