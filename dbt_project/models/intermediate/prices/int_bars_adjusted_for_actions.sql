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
    {{ sessions_to_build() }}
),

horizon as (
    select max(as_of) as horizon_date from {{ ref('int_as_of_dates_recorded') }}
),

bars as (
    select stg_bars.*
    from {{ ref('stg_market_data__bars') }} as stg_bars
    inner join horizon on stg_bars.session_date <= horizon.horizon_date
    inner join sessions_to_build
        on
            stg_bars.symbol = sessions_to_build.symbol
            and stg_bars.session_date >= sessions_to_build.build_from
    where stg_bars.timeframe = '1d'
),

actions as (
    select factors.*
    from {{ ref('int_actions_converted_to_factors') }} as factors
    inner join horizon on factors.ex_date <= horizon.horizon_date
),

bars_and_actions as (
    select
        symbol,
        price_basis,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        0::double precision as split_log_factor,
        0::double precision as dividend_log_factor,
        true as is_bar,
        session_date
    from bars
    union all
    select
        symbol,
        null as price_basis,
        null as open_price,
        null as high_price,
        null as low_price,
        null as close_price,
        null as volume,
        case when action_type = 'split' then ln(price_factor) else 0 end as split_log_factor,
        case when action_type = 'dividend' then ln(price_factor) else 0 end as dividend_log_factor,
        false as is_bar,
        ex_date as session_date
    from actions
),

-- a bar is scaled by every action of a later date: dates run backwards so that the frame only grows (a frame that
-- starts at the row and ends at the last would be summed anew for each bar)
with_cumulative_factors as (
    select
        *,
        exp(coalesce(sum(split_log_factor) over later_dates, 0)) as split_factor,
        exp(coalesce(sum(dividend_log_factor) over later_dates, 0)) as dividend_factor
    from bars_and_actions
    window later_dates as (
        partition by symbol
        order by session_date desc
        groups between unbounded preceding and 1 preceding
    )
),

with_own_factors as (
    select
        *,
        case price_basis
            when 'raw' then split_factor * dividend_factor
            when 'split' then dividend_factor
            else 1
        end as price_factor,
        case price_basis when 'raw' then split_factor else 1 end as share_factor
    from with_cumulative_factors
    where is_bar
),

adjusted as (
    select
        symbol,
        price_basis,
        open_price * price_factor as adjusted_open,
        high_price * price_factor as adjusted_high,
        low_price * price_factor as adjusted_low,
        close_price * price_factor as adjusted_close,
        volume / share_factor as adjusted_volume,
        price_factor,
        session_date
    from with_own_factors
)

select * from adjusted
