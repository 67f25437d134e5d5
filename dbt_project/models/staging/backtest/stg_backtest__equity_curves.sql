with

source as (
    select * from {{ source('backtest', 'equity_curves') }}
),

renamed as (
    select
        scenario_name,
        strategy_name,
        symbol,
        equity as equity_values,
        as_of
    from source
)

select * from renamed
