{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of',
    )
}}

-- As-of dates arrive in any order, and the marts of `derived` hold each session once, so they reach to the greatest one
-- ever built: a late build of 2015 must not cut 2022 off. --full-refresh forgets the others on purpose.
with

bars as (
    select * from {{ ref('stg_market_data__bars') }}
),

recorded as (
    select {{ as_of() }} as as_of
    -- a mistyped date has no bar and must not become the horizon for good
    where
        exists (
            select 1
            from bars
            where
                bars.timeframe = '1d'
                and bars.session_date = {{ as_of() }}
        )
)

select * from recorded
