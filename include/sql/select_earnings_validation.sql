-- One row per announcement of the slice; one whose day is not known belongs to all of its quarter, and does not count
-- among the quarter's announcements: another source may give its day.
select
    symbol,
    announced_quarter,
    announced_on,
    eps_reported,
    eps_estimate,
    (ingested_at at time zone 'UTC')::date as landed_on,
    count(announced_on) over (partition by symbol, announced_quarter) as announcements
from events.earnings
where
    announced_on between %(start)s and %(end)s
    or (
        announced_on is null
        and announced_quarter between date_trunc('quarter', %(start)s::date)::date and %(end)s::date
    )
order by symbol, announced_quarter, announced_on
