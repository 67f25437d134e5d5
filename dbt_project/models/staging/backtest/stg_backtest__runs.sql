with

source as (
    select * from {{ source('backtest', 'runs') }}
),

renamed as (
    select
        seed,
        strategies_tested,
        scenarios_tested,
        cells as cells_tested,
        as_of
    from source
)

select * from renamed
