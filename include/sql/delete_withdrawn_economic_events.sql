-- Releases that their source lists no more: moved to another day. Only events that it has just answered for.
delete from events.economic_events as held
where
    held.event_date between %(start)s and %(end)s
    and exists (
        select 1
        from staged_events_economic_events as staged
        where
            staged.event_name = held.event_name
            and staged.country = held.country
            and staged.source = held.source
    )
    and not exists (
        select 1
        from staged_events_economic_events as staged
        where
            staged.event_name = held.event_name
            and staged.country = held.country
            and staged.event_date = held.event_date
    )
