-- One row per event that began in the slice.
select
    events.event_id,
    events.name,
    events.category,
    events.started_on,
    events.ended_on,
    events.reference,
    (
        select count(*)
        from unnest(events.regions) as concerned (region)
        where concerned.region !~ '^[A-Z]{2}$'
    ) as bad_regions,
    (
        select count(*)
        from unnest(events.symbols) as named (symbol)
        where not exists (
            select 1
            from market_data.instruments
            where instruments.symbol = named.symbol
        )
    ) as unknown_symbols
from events.geopolitical_events as events
where events.started_on between %(start)s and %(end)s
order by events.started_on, events.event_id
