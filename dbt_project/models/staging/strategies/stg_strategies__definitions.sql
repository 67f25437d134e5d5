with

source as (
    select * from {{ source('strategies', 'definitions') }}
),

renamed as (
    select
        strategy_name,
        category as strategy_category,
        kind,
        config_hash,
        is_enabled
    from source
)

select * from renamed
