with

accumulated as (
    select * from {{ ref('int_closes_accumulated') }}
),

-- where a close stood still for the whole window, the mean is that close and the deviation 0, not 1e-14 beside them
shown_from_their_first_value as (
    select
        symbol,
        adjusted_close,
        case
            when bar_number - moved_bar_number >= 19 then adjusted_close when bar_number >= 20 then sum_20 / 20
        end as sma_20,
        case
            when bar_number - moved_bar_number >= 49 then adjusted_close when bar_number >= 50 then sum_50 / 50
        end as sma_50,
        case
            when bar_number - moved_bar_number >= 199 then adjusted_close when bar_number >= 200 then sum_200 / 200
        end as sma_200,
        case
            when bar_number - moved_bar_number >= 19 then 0 when bar_number >= 20 then deviation_20
        end as deviation_20,
        case when bar_number >= 12 then average_12 end as ema_12,
        case when bar_number >= 26 then average_26 end as ema_26,
        case when bar_number >= 50 then average_50 end as ema_50,
        case when bar_number >= 34 then late_average_12 - average_26 end as macd_line,
        case when bar_number >= 34 then signal_average end as macd_signal,
        case
            when bar_number < 15 then null
            when average_gain + average_loss > 0 then 100 * (average_gain / (average_gain + average_loss))
            -- a price that never moved is neither strong nor weak; TA-Lib's 0 would read as oversold
            else 50
        end as rsi_14,
        session_date
    from accumulated
)

select * from shown_from_their_first_value
