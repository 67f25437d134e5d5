{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_sessions_to_build() }}",
        post_hook="{{ record_sessions_built() }}",
    )
}}

with

sessions_to_build as (
    {{ sessions_to_build(lookback=252) }}
),

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

instruments as (
    select * from {{ ref('stg_market_data__instruments') }}
),

-- numeric, whose sums are exact: a window is the difference of two sums from the start, whichever session that is, and
-- leaves no noise where a price stood still; a double's window would be summed anew for each row (three times as long)
returns_with_calendar as (
    select
        daily_returns.symbol,
        daily_returns.session_date,
        daily_returns.simple_return::numeric as simple_return,
        case instruments.asset_class when 'crypto' then 365 else 252 end as sessions_per_year,
        sessions_to_build.build_from
    from daily_returns
    inner join sessions_to_build
        on
            daily_returns.symbol = sessions_to_build.symbol
            and daily_returns.session_date between sessions_to_build.read_from and 'infinity'
    inner join instruments on daily_returns.symbol = instruments.symbol
),

sums_so_far as (
    select
        symbol,
        session_date,
        sessions_per_year,
        build_from,
        count(simple_return) over by_session as defined,
        coalesce(sum(simple_return) over by_session, 0) as total,
        coalesce(sum(simple_return * simple_return) over by_session, 0) as squares
    from returns_with_calendar
    window by_session as (partition by symbol order by session_date)
),

sums_in_windows as (
    select
        symbol,
        session_date,
        sessions_per_year,
        build_from,
        {% for sessions in [21, 63, 252] %}
        defined - lag(defined, {{ sessions }}, 0::bigint) over by_session as defined_{{ sessions }},
        total - lag(total, {{ sessions }}, 0::numeric) over by_session as total_{{ sessions }},
        squares - lag(squares, {{ sessions }}, 0::numeric) over by_session as squares_{{ sessions }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from sums_so_far
    window by_session as (partition by symbol order by session_date)
),

annualised as (
    select
        symbol,
        session_date,
        {% for n in [21, 63, 252] %}
        case
            when defined_{{ n }} = {{ n }}
                then sqrt(
                    ({{ n }} * squares_{{ n }} - total_{{ n }} * total_{{ n }})::double precision
                    / ({{ n }} * ({{ n }} - 1)) * sessions_per_year
                )
        end as volatility_{{ n }}d{{ ',' if not loop.last }}
        {% endfor %}
    from sums_in_windows
    where session_date >= build_from
)

select * from annualised
