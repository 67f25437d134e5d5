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
        audit_status,
        is_enabled
    from source
)

select * from renamed
