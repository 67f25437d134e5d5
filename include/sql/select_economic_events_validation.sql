-- One row per release of the slice.
select
    events.event_name,
    events.country,
    events.event_date,
    (events.event_at at time zone 'UTC')::date as event_day_utc,
    events.importance,
    events.actual,
    (events.ingested_at at time zone 'UTC')::date as landed_on,
    (
        select count(*)
        from unnest(events.series_ids) as released (series_id)
        where not exists (
            select 1
            from economic_data.indicators
            where indicators.series_id = released.series_id
        )
    ) as unknown_series
from events.economic_events as events
where events.event_date between %(start)s and %(end)s
order by events.event_date, events.country, events.event_name
