-- Of what is held no more.
delete from quality.coverage as held
where
    not exists (
        select 1
        from unnest(%(kinds)s::text[], %(symbols)s::text[], %(timeframes)s::text[])
            as found (kind, symbol, timeframe)
        where found.kind = held.kind and found.symbol = held.symbol and found.timeframe = held.timeframe
    )
