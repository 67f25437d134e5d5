{{ config(materialized='view') }}

-- a view: the arrays are a fifth of the size, and most readers want one scenario, found by its key
with

paths as (
    select * from {{ ref('stg_scenarios__paths') }}
),

definitions as (
    select * from {{ ref('stg_scenarios__definitions') }}
),

points as (
    select
        paths.as_of,
        paths.scenario_name,
        definitions.scenario_family,
        paths.symbol,
        unnested.bar_number,
        unnested.session_date,
        unnested.open_price,
        unnested.high_price,
        unnested.low_price,
        unnested.close_price,
        unnested.volume,
        -- none stored: an ordinary day's costs throughout
        coalesce(unnested.commission_multiplier, 1) as commission_multiplier,
        coalesce(unnested.spread_multiplier, 1) as spread_multiplier
    from paths
    inner join definitions
        on
            paths.as_of = definitions.as_of
            and paths.scenario_name = definitions.scenario_name
    cross join lateral unnest(
        definitions.sessions,
        paths.open_prices,
        paths.high_prices,
        paths.low_prices,
        paths.close_prices,
        paths.volumes,
        definitions.commission_multipliers,
        definitions.spread_multipliers
    ) with ordinality as unnested (
        session_date,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        commission_multiplier,
        spread_multiplier,
        bar_number
    )
)

select * from points
