insert into market_data.rollup_refreshes (rollup_name, input_hash)
values (%(rollup_name)s, %(input_hash)s)
on conflict (rollup_name) do update
    set
        input_hash = excluded.input_hash,
        refreshed_at = now()
