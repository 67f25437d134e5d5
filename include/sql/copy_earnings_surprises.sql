-- One row per announcement of earnings that can be compared with what was expected, fixed width for the client.
-- is_late: it came after the close of its day, or nobody says when; so it is known at the next session's close.
copy (
    select
        (wanted.position - 1)::integer as series,
        (earnings.announced_on - date '1970-01-01')::integer as day,
        (coalesce(earnings.announcement_time, 'after_close') = 'after_close')::integer as is_late,
        (earnings.eps_reported - earnings.eps_estimate) / abs(earnings.eps_estimate) as surprise
    from unnest(%(symbols)s::text[]) with ordinality as wanted (symbol, position)
    inner join events.earnings on wanted.symbol = earnings.symbol
    where
        earnings.announced_on <= %(as_of)s
        and earnings.eps_reported is not null
        and earnings.eps_estimate <> 0
    order by series, day
) to stdout (format binary)
