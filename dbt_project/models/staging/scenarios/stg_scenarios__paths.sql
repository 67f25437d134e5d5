with

source as (
    select * from {{ source('scenarios', 'paths') }}
),

renamed as (
    select
        scenario_name,
        symbol,
        open as open_prices,
        high as high_prices,
        low as low_prices,
        close as close_prices,
        volume as volumes,
        as_of
    from source
)

select * from renamed
