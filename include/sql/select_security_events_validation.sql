-- One row per event that was disclosed in the slice.
select
    events.event_id,
    events.name,
    events.category,
    events.disclosed_on,
    events.occurred_on,
    events.reference,
    (
        select count(*)
        from unnest(events.symbols) as named (symbol)
        where not exists (
            select 1
            from market_data.instruments
            where instruments.symbol = named.symbol
        )
    ) as unknown_symbols
from events.security_events as events
where events.disclosed_on between %(start)s and %(end)s
order by events.disclosed_on, events.event_id
