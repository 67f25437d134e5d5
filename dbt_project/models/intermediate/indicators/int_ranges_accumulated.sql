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
    {{ sessions_to_build(lookback=4) }}
),

last_built as (
    {{ last_rows_built(dict(
        dict.fromkeys(
            ['average_range', 'average_span', 'average_upward', 'average_downward', 'average_direction'],
            'double precision'
        ),
        bar_number='bigint'
    )) }}
),

ranges as (
    select
        measured.*,
        (
            measured.place_in_range_14
            + lag(measured.place_in_range_14) over by_session
            + lag(measured.place_in_range_14, 2) over by_session
        ) / 3 as smoothed_place,
        sessions_to_build.build_from
    from {{ ref('int_ranges_measured') }} as measured
    inner join sessions_to_build
        on
            measured.symbol = sessions_to_build.symbol
            and measured.session_date >= sessions_to_build.read_from
    window by_session as (partition by measured.symbol order by measured.session_date rows unbounded preceding)
),

ranges_smoothed_twice as (
    select
        *,
        (smoothed_place + lag(smoothed_place) over by_session + lag(smoothed_place, 2) over by_session) / 3
            as twice_smoothed_place
    from ranges
    window by_session as (partition by symbol order by session_date rows unbounded preceding)
),

-- what each average takes in, bar by bar: first its own last value, from which it goes on to the same bits. The
-- directional averages start as Wilder's sums do, from 13 moves: the first bar, which has none, counts as 0
steps as (
    select
        symbol,
        bar_number,
        true_range as average_range,
        coalesce(true_range, 0) as average_span,
        upward_move as average_upward,
        downward_move as average_downward,
        null::double precision as average_direction,
        smoothed_place,
        twice_smoothed_place,
        true as is_new,
        session_date
    from ranges_smoothed_twice
    where session_date >= build_from
    union all
    select
        symbol,
        bar_number,
        average_range,
        average_span,
        average_upward,
        average_downward,
        average_direction,
        null as smoothed_place,
        null as twice_smoothed_place,
        false as is_new,
        '-infinity'::date as session_date
    from last_built
),

averaged as (
    select
        symbol,
        bar_number,
        derived.wilder_average(average_range, bar_number - 1, 14) over by_session as average_range,
        derived.wilder_average(average_span, bar_number, 14) over by_session as average_span,
        derived.wilder_average(average_upward, bar_number, 14) over by_session as average_upward,
        derived.wilder_average(average_downward, bar_number, 14) over by_session as average_downward,
        average_direction as average_direction_before,
        smoothed_place,
        twice_smoothed_place,
        is_new,
        session_date
    from steps
    window by_session as (partition by symbol order by session_date rows unbounded preceding)
),

with_direction as (
    select
        *,
        -- without any move there is no direction: 0 in the first average, and passed over after it
        case
            when not is_new then average_direction_before
            when bar_number < 15 then null
            when average_upward + average_downward > 0
                then 100 * (abs(average_upward - average_downward) / (average_upward + average_downward))
            when bar_number <= 28 then 0
        end as direction
    from averaged
),

averaged_twice as (
    select
        *,
        derived.wilder_average(direction, bar_number - 14, 14) over (
            partition by symbol order by session_date rows unbounded preceding
        ) as average_direction
    from with_direction
)

select
    symbol,
    bar_number,
    average_range,
    average_span,
    average_upward,
    average_downward,
    average_direction,
    smoothed_place,
    twice_smoothed_place,
    session_date
from averaged_twice
where is_new
