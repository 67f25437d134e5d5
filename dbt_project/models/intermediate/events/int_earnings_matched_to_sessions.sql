with

horizon as (
    select max(as_of) as horizon_date from {{ ref('int_as_of_dates_recorded') }}
),

earnings as (
    select * from {{ ref('stg_events__earnings') }}
),

days as (
    select * from {{ ref('int_days_matched_to_sessions') }}
),

sessions as (
    select * from {{ ref('int_sessions_numbered') }}
),

announcements as (
    select
        earnings.symbol,
        earnings.announcement_time,
        earnings.eps_reported,
        earnings.eps_estimate,
        earnings.announcement_quarter,
        earnings.announcement_date,
        count(*) over (partition by earnings.symbol, earnings.announcement_quarter) as announcements_of_quarter
    from earnings
    inner join horizon on earnings.announcement_date <= horizon.horizon_date
),

reports_without_day as (
    select * from earnings
    where announcement_date is null
),

-- one source knows the days, another the figures of the quarter: they are one report where it is the quarter's only one
announcements_with_figures as (
    select
        announcements.symbol,
        announcements.announcement_time,
        coalesce(announcements.eps_reported, reports_without_day.eps_reported) as eps_reported,
        coalesce(announcements.eps_estimate, reports_without_day.eps_estimate) as eps_estimate,
        announcements.announcement_date
    from announcements
    left join reports_without_day
        on
            announcements.symbol = reports_without_day.symbol
            and announcements.announcement_quarter = reports_without_day.announcement_quarter
            and announcements.announcements_of_quarter = 1
),

announcements_with_reaction as (
    select
        announcements_with_figures.symbol,
        announcements_with_figures.announcement_time,
        announcements_with_figures.eps_reported,
        announcements_with_figures.eps_estimate,
        announcements_with_figures.announcement_date,
        case
            when announcements_with_figures.announcement_time in ('before_open', 'during_session')
                then days.session_on_or_after
            -- nobody says when: as if after the close, which is never too early
            else days.session_after
        end as reaction_session_date
    from announcements_with_figures
    inner join days on announcements_with_figures.announcement_date = days.calendar_date
),

matched as (
    select
        announcements_with_reaction.*,
        sessions.session_number as reaction_session_number
    from announcements_with_reaction
    inner join sessions on announcements_with_reaction.reaction_session_date = sessions.session_date
)

select * from matched
