with

announcements as (
    select * from {{ ref('int_earnings_matched_to_sessions') }}
),

sessions as (
    select * from {{ ref('int_sessions_numbered') }}
),

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

market_returns as (
    select * from {{ ref('int_market_returns_numbered') }}
),

bars as (
    select * from {{ ref('int_bars_adjusted_for_actions') }}
),

sessions_around as (
    select
        announcements.symbol,
        announcements.announcement_date,
        relative_sessions.relative_session,
        sessions.session_date
    from announcements
    cross join generate_series(-21, 20) as relative_sessions (relative_session)
    inner join sessions
        on announcements.reaction_session_number + relative_sessions.relative_session = sessions.session_number
),

-- a session without a bar, or after the horizon, leaves its window short
sessions_around_measured as (
    select
        sessions_around.symbol,
        sessions_around.announcement_date,
        sessions_around.relative_session,
        daily_returns.simple_return,
        daily_returns.simple_return - market_returns.simple_return as abnormal_return,
        bars.adjusted_volume as volume
    from sessions_around
    left join daily_returns
        on
            sessions_around.symbol = daily_returns.symbol
            and sessions_around.session_date = daily_returns.session_date
    left join market_returns on sessions_around.session_date = market_returns.session_date
    left join bars
        on
            sessions_around.symbol = bars.symbol
            and sessions_around.session_date = bars.session_date
),

windows as (
    select
        symbol,
        announcement_date,
        max(simple_return) filter (where relative_session = 0) as reaction_return,
        max(abnormal_return) filter (where relative_session = 0) as abnormal_return,
        sum(abnormal_return) filter (where relative_session between -5 and -1) as sum_before,
        count(abnormal_return) filter (where relative_session between -5 and -1) as count_before,
        sum(abnormal_return) filter (where relative_session between 0 and 1) as sum_to_1,
        count(abnormal_return) filter (where relative_session between 0 and 1) as count_to_1,
        sum(abnormal_return) filter (where relative_session between 0 and 5) as sum_to_5,
        count(abnormal_return) filter (where relative_session between 0 and 5) as count_to_5,
        sum(abnormal_return) filter (where relative_session between 0 and 20) as sum_to_20,
        count(abnormal_return) filter (where relative_session between 0 and 20) as count_to_20,
        max(volume) filter (where relative_session = 0) as reaction_volume,
        avg(volume) filter (where relative_session between -21 and -1) as mean_volume_before,
        count(volume) filter (where relative_session between -21 and -1) as volumes_before
    from sessions_around_measured
    group by symbol, announcement_date
),

impact as (
    select
        announcements.symbol,
        announcements.announcement_time,
        announcements.eps_reported,
        announcements.eps_estimate,
        (announcements.eps_reported - announcements.eps_estimate) / nullif(abs(announcements.eps_estimate), 0)
            as eps_surprise,
        windows.reaction_return,
        windows.abnormal_return,
        case when windows.count_before = 5 then windows.sum_before end as abnormal_return_5d_before,
        case when windows.count_to_1 = 2 then windows.sum_to_1 end as abnormal_return_0_to_1d,
        case when windows.count_to_5 = 6 then windows.sum_to_5 end as abnormal_return_0_to_5d,
        case when windows.count_to_20 = 21 then windows.sum_to_20 end as abnormal_return_0_to_20d,
        case when windows.volumes_before = 21 then windows.reaction_volume / nullif(windows.mean_volume_before, 0) end
            as volume_ratio_21d,
        announcements.announcement_date,
        announcements.reaction_session_date
    from announcements
    inner join windows
        on
            announcements.symbol = windows.symbol
            and announcements.announcement_date = windows.announcement_date
)

select * from impact
