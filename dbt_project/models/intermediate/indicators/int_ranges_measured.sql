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
    {{ sessions_to_build(lookback=13) }}
),

last_built as (
    {{ last_rows_built({'bar_number': 'bigint'}) }}
),

-- a bar without high or low is no bar of these indicators: their series runs over the symbol's other ones
bars as (
    select
        adjusted_bars.*,
        sessions_to_build.build_from
    from {{ ref('int_bars_adjusted_for_actions') }} as adjusted_bars
    inner join sessions_to_build
        on
            adjusted_bars.symbol = sessions_to_build.symbol
            and adjusted_bars.session_date >= sessions_to_build.read_from
    where
        adjusted_bars.adjusted_high is not null
        and adjusted_bars.adjusted_low is not null
),

bars_with_previous as (
    select
        symbol,
        adjusted_high,
        adjusted_low,
        adjusted_close,
        build_from,
        lag(adjusted_high) over by_session as previous_high,
        lag(adjusted_low) over by_session as previous_low,
        lag(adjusted_close) over by_session as previous_close,
        max(adjusted_high) over last_14 as highest_14,
        min(adjusted_low) over last_14 as lowest_14,
        session_date
    from bars
    window
        by_session as (partition by symbol order by session_date rows unbounded preceding),
        last_14 as (partition by symbol order by session_date rows 13 preceding)
),

new_bars as (
    select
        bars_with_previous.*,
        coalesce(last_built.bar_number, 0) + row_number() over (
            partition by bars_with_previous.symbol order by bars_with_previous.session_date
        ) as bar_number
    from bars_with_previous
    left join last_built on bars_with_previous.symbol = last_built.symbol
    where bars_with_previous.session_date >= bars_with_previous.build_from
),

measured as (
    select
        symbol,
        bar_number,
        case
            when bar_number > 1
                then greatest(
                    adjusted_high - adjusted_low,
                    abs(adjusted_high - previous_close),
                    abs(adjusted_low - previous_close)
                )
        end as true_range,
        -- only the larger of the moves beyond the bar before counts, and none when they are equal
        case
            when adjusted_high - previous_high > previous_low - adjusted_low
                then greatest(adjusted_high - previous_high, 0)
            else 0
        end as upward_move,
        case
            when previous_low - adjusted_low > adjusted_high - previous_high
                then greatest(previous_low - adjusted_low, 0)
            else 0
        end as downward_move,
        case
            when bar_number < 14 then null
            when highest_14 > lowest_14 then 100 * ((adjusted_close - lowest_14) / (highest_14 - lowest_14))
            -- a price in no range is neither low nor high in it; TA-Lib's 0 would read as oversold
            else 50
        end as place_in_range_14,
        session_date
    from new_bars
)

select * from measured
