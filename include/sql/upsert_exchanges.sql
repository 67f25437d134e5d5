insert into market_data.exchanges as held (exchange, name, calendar, timezone)
values (%(exchange)s, %(name)s, %(calendar)s, %(timezone)s)
on conflict (exchange) do update
    set name = excluded.name, calendar = excluded.calendar, timezone = excluded.timezone
    where
        (held.name, held.calendar, held.timezone)
        is distinct from (excluded.name, excluded.calendar, excluded.timezone)
