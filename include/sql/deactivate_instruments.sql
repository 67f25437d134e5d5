update market_data.instruments
set is_active = false
where is_active and symbol <> all(%(symbols)s::text[])
