{#
    Bars and returns of calendar periods (weekly_returns, monthly_returns). `period_end` is the SQL date a session's
    period ends on. Periods that stay are complete and of an unchanged past: the rest is built from the day after them.
#}
{% macro period_returns(period_end) %}
with

sessions_to_build as (
    {{ sessions_to_build() }}
),

horizon as (
    select max(as_of) as horizon_date from {{ ref('int_as_of_dates_recorded') }}
),

last_built as (
    {{ last_rows_built(
        {'period_end_date': 'date', 'adjusted_close': 'double precision'}, date_column='period_end_date'
    ) }}
),

bars as (
    select
        bars.*,
        {{ period_end }} as period_end_date,
        last_built.adjusted_close as close_built
    from {{ ref('int_bars_adjusted_for_actions') }} as bars
    inner join sessions_to_build on bars.symbol = sessions_to_build.symbol
    left join last_built on bars.symbol = last_built.symbol
    where last_built.symbol is null or bars.session_date > last_built.period_end_date
),

periods as (
    select
        symbol,
        period_end_date,
        count(*) as sessions,
        min(close_built) as close_built,
        (array_agg(adjusted_open order by session_date))[1] as adjusted_open,
        -- the highest of what is known is not the highest: null where a session has none
        case when count(adjusted_high) = count(*) then max(adjusted_high) end as adjusted_high,
        case when count(adjusted_low) = count(*) then min(adjusted_low) end as adjusted_low,
        (array_agg(adjusted_close order by session_date desc))[1] as adjusted_close,
        case when count(adjusted_volume) = count(*) then sum(adjusted_volume order by session_date) end as adjusted_volume
    from bars
    group by symbol, period_end_date
),

periods_with_previous_close as (
    select
        *,
        coalesce(lag(adjusted_close) over (partition by symbol order by period_end_date), close_built) as previous_close
    from periods
),

instruments as (
    select * from {{ ref('stg_market_data__instruments') }}
),

returns as (
    select
        periods.symbol,
        periods.sessions,
        periods.adjusted_open,
        periods.adjusted_high,
        periods.adjusted_low,
        periods.adjusted_close,
        periods.adjusted_volume,
        case
            when periods.previous_close > 0 then periods.adjusted_close / periods.previous_close - 1
        end as simple_return,
        -- nothing trades on the days that are left: on a weekend, but for crypto
        horizon.horizon_date >= case
            when instruments.asset_class = 'crypto' then periods.period_end_date
            else periods.period_end_date - greatest(extract(isodow from periods.period_end_date)::integer - 5, 0)
        end as is_complete,
        periods.period_end_date
    from periods_with_previous_close as periods
    inner join instruments on periods.symbol = instruments.symbol
    cross join horizon
)

select * from returns
{% endmacro %}
