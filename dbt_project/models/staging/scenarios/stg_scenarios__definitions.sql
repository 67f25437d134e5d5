with

source as (
    select * from {{ source('scenarios', 'definitions') }}
),

renamed as (
    select
        scenario_name,
        scenario_type,
        scenario_family,
        status,
        reason,
        case when scenario_family = 'regime' then parameters ->> 'kind' end as regime_type,
        case when scenario_family = 'regime' then parameters ->> 'method' end as regime_method,
        expected_return,
        volatility_multiplier,
        is_active,
        as_of,
        start_date,
        end_date,
        sessions,
        commission_multiplier as commission_multipliers,
        spread_multiplier as spread_multipliers,
        generated_at
    from source
)

select * from renamed
