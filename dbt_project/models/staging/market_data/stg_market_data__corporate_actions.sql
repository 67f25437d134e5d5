with

source as (
    select * from {{ source('market_data', 'corporate_actions') }}
),

renamed as (
    select
        symbol,
        action_type,
        source as source_name,
        value as action_value,
        ex_date,
        ingested_at
    from source
)

select * from renamed
