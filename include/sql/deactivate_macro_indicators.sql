update economic_data.indicators
set is_active = false
where is_active and series_id <> all(%(series_ids)s::text[])
