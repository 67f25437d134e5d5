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

{%- set sums = ['sum_20', 'sum_50', 'sum_200'] -%}
{%- set averages = ['average_12', 'average_26', 'average_50', 'late_average_12', 'average_gain', 'average_loss'] %}

with

sessions_to_build as (
    {{ sessions_to_build(lookback=200) }}
),

last_built as (
    {{ last_rows_built(dict(
        dict.fromkeys(sums + averages + ['signal_average'], 'double precision'),
        bar_number='bigint', moved_bar_number='bigint'
    )) }}
),

closes_with_earlier_ones as (
    select
        bars.symbol,
        bars.adjusted_close,
        lag(bars.adjusted_close) over by_session as previous_close,
        lag(bars.adjusted_close, 20) over by_session as close_20_bars_ago,
        lag(bars.adjusted_close, 50) over by_session as close_50_bars_ago,
        lag(bars.adjusted_close, 200) over by_session as close_200_bars_ago,
        stddev_pop(bars.adjusted_close) over last_20 as deviation_20,
        sessions_to_build.build_from,
        bars.session_date
    from {{ ref('int_bars_adjusted_for_actions') }} as bars
    inner join sessions_to_build
        on
            bars.symbol = sessions_to_build.symbol
            and bars.session_date >= sessions_to_build.read_from
    window
        by_session as (partition by bars.symbol order by bars.session_date rows unbounded preceding),
        last_20 as (partition by bars.symbol order by bars.session_date rows 19 preceding)
),

new_closes as (
    select
        closes_with_earlier_ones.*,
        coalesce(last_built.bar_number, 0) + row_number() over (
            partition by closes_with_earlier_ones.symbol order by closes_with_earlier_ones.session_date
        ) as bar_number
    from closes_with_earlier_ones
    left join last_built on closes_with_earlier_ones.symbol = last_built.symbol
    where closes_with_earlier_ones.session_date >= closes_with_earlier_ones.build_from
),

-- what each sum and average takes in, bar by bar: first its own last value, from which it goes on to the same bits
steps as (
    select
        symbol,
        adjusted_close,
        bar_number,
        deviation_20,
        case when (adjusted_close is distinct from previous_close) then bar_number end as moved_bar_number,
        adjusted_close - coalesce(close_20_bars_ago, 0) as sum_20,
        adjusted_close - coalesce(close_50_bars_ago, 0) as sum_50,
        adjusted_close - coalesce(close_200_bars_ago, 0) as sum_200,
        adjusted_close as average_12,
        adjusted_close as average_26,
        adjusted_close as average_50,
        case when bar_number > 14 then adjusted_close end as late_average_12,
        case when bar_number > 1 then greatest(adjusted_close - previous_close, 0) end as average_gain,
        case when bar_number > 1 then greatest(previous_close - adjusted_close, 0) end as average_loss,
        null::double precision as signal_average,
        true as is_new,
        session_date
    from new_closes
    union all
    select
        symbol,
        null as adjusted_close,
        bar_number,
        null as deviation_20,
        moved_bar_number,
        {{ (sums + averages) | join(',\n        ') }},
        signal_average,
        false as is_new,
        '-infinity'::date as session_date
    from last_built
),

-- the sum of the last n closes takes in what enters and gives out what leaves, as TA-Lib's does: a window over doubles
-- that moves is summed anew for each row, 200 closes at a time. MACD's fast average starts late, from bars 15 to 26, so
-- that both of its averages have their first value on one bar
accumulated as (
    select
        symbol,
        adjusted_close,
        bar_number,
        max(moved_bar_number) over by_session as moved_bar_number,
        {% for name in sums %}
        sum({{ name }}) over by_session as {{ name }},
        {% endfor %}
        deviation_20,
        derived.exponential_average(average_12, bar_number, 12) over by_session as average_12,
        derived.exponential_average(average_26, bar_number, 26) over by_session as average_26,
        derived.exponential_average(average_50, bar_number, 50) over by_session as average_50,
        derived.exponential_average(late_average_12, bar_number - 14, 12) over by_session as late_average_12,
        derived.wilder_average(average_gain, bar_number - 1, 14) over by_session as average_gain,
        derived.wilder_average(average_loss, bar_number - 1, 14) over by_session as average_loss,
        signal_average,
        is_new,
        session_date
    from steps
    window by_session as (partition by symbol order by session_date rows unbounded preceding)
),

with_signal as (
    select
        *,
        derived.exponential_average(
            case when not is_new then signal_average when bar_number >= 26 then late_average_12 - average_26 end,
            bar_number - 25,
            9
        ) over (partition by symbol order by session_date rows unbounded preceding) as signal_average_so_far
    from accumulated
)

select
    symbol,
    adjusted_close,
    bar_number,
    moved_bar_number,
    {{ (sums + ['deviation_20'] + averages) | join(',\n    ') }},
    signal_average_so_far as signal_average,
    session_date
from with_signal
where is_new
