-- Announcements that were scheduled and that their source lists no more: moved to another day, or not held. What was
-- reported stays. Only symbols that the source has just answered for.
delete from events.earnings as held
where
    held.eps_reported is null
    and held.announced_on between %(start)s and %(end)s
    and exists (
        select 1
        from staged_events_earnings as staged
        where staged.symbol = held.symbol and staged.source = held.source
    )
    and not exists (
        select 1
        from staged_events_earnings as staged
        where staged.symbol = held.symbol and staged.announced_on = held.announced_on
    )
