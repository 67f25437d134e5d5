{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_sessions_to_build() }}",
        post_hook="{{ record_sessions_built() }}",
    )
}}

with

-- the longest window, less the session itself
sessions_to_build as (
    {{ sessions_to_build(lookback=251) }}
),

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

-- of all that is further back the last rows that stay hold what is needed
last_built as (
    {{ last_rows_built({'peak_close': 'double precision', 'max_drawdown': 'double precision'}) }}
),

closes_with_peak as (
    select
        daily_returns.symbol,
        daily_returns.session_date,
        daily_returns.adjusted_close,
        sessions_to_build.build_from,
        last_built.max_drawdown as max_drawdown_before,
        greatest(last_built.peak_close, max(daily_returns.adjusted_close) over by_session) as peak_close,
        row_number() over by_session - 1 as bars_before
    from daily_returns
    inner join sessions_to_build
        on
            daily_returns.symbol = sessions_to_build.symbol
            and daily_returns.session_date between sessions_to_build.read_from and 'infinity'
    left join last_built on daily_returns.symbol = last_built.symbol
    window by_session as (partition by daily_returns.symbol order by daily_returns.session_date)
),

-- moving maxima as in int_closes_filtered_to_year_extremes: of n closes in a row, some end one block of n, the others
-- begin the next
peaks_of_blocks as (
    select
        *,
        max(adjusted_close) over from_start_21 as peak_from_start_21,
        max(adjusted_close) over to_end_21 as peak_to_end_21,
        max(adjusted_close) over from_start_63 as peak_from_start_63,
        max(adjusted_close) over to_end_63 as peak_to_end_63,
        max(adjusted_close) over from_start_252 as peak_from_start_252,
        max(adjusted_close) over to_end_252 as peak_to_end_252
    from closes_with_peak
    window
        from_start_21 as (partition by symbol, bars_before / 21 order by bars_before),
        to_end_21 as (partition by symbol, bars_before / 21 order by bars_before desc),
        from_start_63 as (partition by symbol, bars_before / 63 order by bars_before),
        to_end_63 as (partition by symbol, bars_before / 63 order by bars_before desc),
        from_start_252 as (partition by symbol, bars_before / 252 order by bars_before),
        to_end_252 as (partition by symbol, bars_before / 252 order by bars_before desc)
),

with_window_peaks as (
    select
        *,
        case
            when bars_before >= 20 then greatest(peak_from_start_21, lag(peak_to_end_21, 20) over by_session)
        end as peak_21,
        case
            when bars_before >= 62 then greatest(peak_from_start_63, lag(peak_to_end_63, 62) over by_session)
        end as peak_63,
        case
            when bars_before >= 251 then greatest(peak_from_start_252, lag(peak_to_end_252, 251) over by_session)
        end as peak_252
    from peaks_of_blocks
    window by_session as (partition by symbol order by bars_before)
),

below_peaks as (
    select
        symbol,
        session_date,
        peak_close,
        max_drawdown_before,
        case when peak_close > 0 then adjusted_close / peak_close - 1 end as drawdown,
        case when peak_21 > 0 then adjusted_close / peak_21 - 1 end as drawdown_21d,
        case when peak_63 > 0 then adjusted_close / peak_63 - 1 end as drawdown_63d,
        case when peak_252 > 0 then adjusted_close / peak_252 - 1 end as drawdown_252d
    from with_window_peaks
    where session_date >= build_from
),

deepest_so_far as (
    select
        symbol,
        session_date,
        peak_close,
        drawdown,
        least(max_drawdown_before, min(drawdown) over (partition by symbol order by session_date)) as max_drawdown,
        drawdown_21d,
        drawdown_63d,
        drawdown_252d
    from below_peaks
)

select * from deepest_so_far
