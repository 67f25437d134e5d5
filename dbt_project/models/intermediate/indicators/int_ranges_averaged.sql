with

ranges as (
    select * from {{ ref('int_ranges_measured') }}
),

-- the directional averages start as Wilder's sums do, from 13 moves: the first bar, which has none, counts as 0
averaged as (
    select
        symbol,
        bar_number,
        derived.wilder_average(true_range, bar_number - 1, 14) over by_session as average_range,
        derived.wilder_average(coalesce(true_range, 0), bar_number, 14) over by_session as average_span,
        derived.wilder_average(upward_move, bar_number, 14) over by_session as average_upward,
        derived.wilder_average(downward_move, bar_number, 14) over by_session as average_downward,
        -- in the same pass as the averages: a window of three bars would be another
        (place_in_range_14 + lag(place_in_range_14) over by_session + lag(place_in_range_14, 2) over by_session) / 3
            as smoothed_place,
        session_date
    from ranges
    window by_session as (partition by symbol order by session_date rows unbounded preceding)
),

with_direction as (
    select
        *,
        -- without any move there is no direction: 0 in the first average, and passed over after it
        case
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
        derived.wilder_average(direction, bar_number - 14, 14) over by_session as average_direction,
        (smoothed_place + lag(smoothed_place) over by_session + lag(smoothed_place, 2) over by_session) / 3
            as twice_smoothed_place
    from with_direction
    window by_session as (partition by symbol order by session_date rows unbounded preceding)
),

-- vendors round each field by itself, and a close may stand 1e-6 beyond high or low: the scales end at 0 and 100 all
-- the same. Both lines of the stochastic are shown from where the second has its first value, as TA-Lib does
shown_from_their_first_value as (
    select
        symbol,
        case when bar_number >= 15 then average_range end as atr_14,
        case when bar_number >= 18 then greatest(least(smoothed_place, 100), 0) end as stochastic_k,
        case when bar_number >= 18 then greatest(least(twice_smoothed_place, 100), 0) end as stochastic_d,
        case when bar_number >= 28 then average_direction end as adx_14,
        case
            when bar_number < 15 then null
            when average_span > 0 then least(100 * (average_upward / average_span), 100)
            else 0
        end as plus_di_14,
        case
            when bar_number < 15 then null
            when average_span > 0 then least(100 * (average_downward / average_span), 100)
            else 0
        end as minus_di_14,
        session_date
    from averaged_twice
)

-- the order that the windows left it in, so that whoever reads it need not sort it
select * from shown_from_their_first_value
order by symbol, session_date
