-- One configuration into the ledger of everything ever tried; known ones only widen their dates.
insert into backtest.trials as known (
    config_hash,
    strategy_name,
    class_path,
    parameters,
    overlays,
    first_as_of,
    last_as_of
)
values (
    %(config_hash)s,
    %(strategy_name)s,
    %(class_path)s,
    %(parameters)s,
    %(overlays)s,
    %(as_of)s,
    %(as_of)s
)
on conflict (config_hash) do update set
    first_as_of = least(known.first_as_of, excluded.first_as_of),
    last_as_of = greatest(known.last_as_of, excluded.last_as_of)
where
    excluded.first_as_of < known.first_as_of
    or excluded.last_as_of > known.last_as_of
