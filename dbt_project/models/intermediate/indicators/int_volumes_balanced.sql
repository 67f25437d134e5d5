{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['symbol', 'session_date'], 'unique': true}],
        pre_hook="{{ delete_sessions_to_build() }}",
        post_hook="{{ record_sessions_built() }}",
    )
}}

with

sessions_to_build as (
    {{ sessions_to_build(lookback=1) }}
),

last_built as (
    {{ last_rows_built({'obv': 'double precision'}) }}
),

-- a bar without volume is no bar of this indicator: its series runs over the symbol's other ones
bars_with_previous_close as (
    select
        bars.symbol,
        bars.adjusted_close,
        bars.adjusted_volume,
        lag(bars.adjusted_close) over (partition by bars.symbol order by bars.session_date) as previous_close,
        sessions_to_build.build_from,
        bars.session_date
    from {{ ref('int_bars_adjusted_for_actions') }} as bars
    inner join sessions_to_build
        on
            bars.symbol = sessions_to_build.symbol
            and bars.session_date >= sessions_to_build.read_from
    where bars.adjusted_volume is not null
),

-- the volume of the first bar is where the balance starts; it goes on from the last one built
steps as (
    select
        symbol,
        coalesce(sign(adjusted_close - previous_close), 1) * adjusted_volume as signed_volume,
        true as is_new,
        session_date
    from bars_with_previous_close
    where session_date >= build_from
    union all
    select
        symbol,
        obv as signed_volume,
        false as is_new,
        '-infinity'::date as session_date
    from last_built
),

balanced as (
    select
        symbol,
        sum(signed_volume) over (partition by symbol order by session_date rows unbounded preceding) as obv,
        is_new,
        session_date
    from steps
)

select
    symbol,
    obv,
    session_date
from balanced
where is_new
