with

bars as (
    select * from {{ ref('int_bars_adjusted_for_actions') }}
),

closes_with_earlier_ones as (
    select
        symbol,
        adjusted_close,
        row_number() over by_session as bar_number,
        lag(adjusted_close) over by_session as previous_close,
        lag(adjusted_close, 20) over by_session as close_20_bars_ago,
        lag(adjusted_close, 50) over by_session as close_50_bars_ago,
        lag(adjusted_close, 200) over by_session as close_200_bars_ago,
        session_date
    from bars
    window by_session as (partition by symbol order by session_date rows unbounded preceding)
),

-- the sum of the last n closes takes in what enters and gives out what leaves, as TA-Lib's does: a window over doubles
-- that moves is summed anew for each row, 200 closes at a time. MACD's fast average starts late, from bars 15 to 26, so
-- that both of its averages have their first value on one bar
averaged as (
    select
        symbol,
        adjusted_close,
        bar_number,
        max(bar_number) filter (where adjusted_close is distinct from previous_close)
            over by_session as moved_bar_number,
        sum(adjusted_close - coalesce(close_20_bars_ago, 0)) over by_session / 20 as mean_20,
        sum(adjusted_close - coalesce(close_50_bars_ago, 0)) over by_session / 50 as mean_50,
        sum(adjusted_close - coalesce(close_200_bars_ago, 0)) over by_session / 200 as mean_200,
        stddev_pop(adjusted_close) over last_20 as deviation_20,
        derived.exponential_average(adjusted_close, bar_number, 12) over by_session as average_12,
        derived.exponential_average(adjusted_close, bar_number, 26) over by_session as average_26,
        derived.exponential_average(adjusted_close, bar_number, 50) over by_session as average_50,
        derived.exponential_average(case when bar_number > 14 then adjusted_close end, bar_number - 14, 12)
            over by_session as late_average_12,
        derived.wilder_average(
            case when bar_number > 1 then greatest(adjusted_close - previous_close, 0) end, bar_number - 1, 14
        ) over by_session as average_gain,
        derived.wilder_average(
            case when bar_number > 1 then greatest(previous_close - adjusted_close, 0) end, bar_number - 1, 14
        ) over by_session as average_loss,
        session_date
    from closes_with_earlier_ones
    window
        by_session as (partition by symbol order by session_date rows unbounded preceding),
        last_20 as (partition by symbol order by session_date rows 19 preceding)
),

with_signal as (
    select
        *,
        derived.exponential_average(
            case when bar_number >= 26 then late_average_12 - average_26 end, bar_number - 25, 9
        ) over (partition by symbol order by session_date rows unbounded preceding) as signal_average
    from averaged
),

-- where a close stood still for the whole window, the mean is that close and the deviation 0, not 1e-14 beside them
shown_from_their_first_value as (
    select
        symbol,
        adjusted_close,
        case
            when bar_number - moved_bar_number >= 19 then adjusted_close when bar_number >= 20 then mean_20
        end as sma_20,
        case
            when bar_number - moved_bar_number >= 49 then adjusted_close when bar_number >= 50 then mean_50
        end as sma_50,
        case
            when bar_number - moved_bar_number >= 199 then adjusted_close when bar_number >= 200 then mean_200
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
    from with_signal
)

-- the order that the windows left it in, so that whoever reads it need not sort it
select * from shown_from_their_first_value
order by symbol, session_date
