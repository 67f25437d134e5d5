with

source as (
    select * from {{ source('market_data', 'instruments') }}
),

renamed as (
    select
        symbol,
        name as instrument_name,
        asset_class,
        sector,
        exchange,
        currency,
        is_tradable,
        is_active
    from source
)

select * from renamed
