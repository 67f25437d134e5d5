insert into economic_data.indicators as held (series_id, name, unit, frequency, is_active)
values (%(series_id)s, %(name)s, %(unit)s, %(frequency)s, true)
on conflict (series_id) do update
    set name = excluded.name, unit = excluded.unit, frequency = excluded.frequency, is_active = true
    where
        (held.name, held.unit, held.frequency, held.is_active)
        is distinct from (excluded.name, excluded.unit, excluded.frequency, true)
