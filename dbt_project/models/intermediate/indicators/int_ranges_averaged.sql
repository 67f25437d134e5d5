with

accumulated as (
    select * from {{ ref('int_ranges_accumulated') }}
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
    from accumulated
)

select * from shown_from_their_first_value
