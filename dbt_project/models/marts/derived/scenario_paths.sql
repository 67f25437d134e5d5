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
        unnested.volume
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
        paths.volumes
    ) with ordinality as unnested (
        session_date, open_price, high_price, low_price, close_price, volume, bar_number
    )
)

select * from points
