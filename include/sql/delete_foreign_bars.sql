-- A held bar of another source stays, unless the series is replaced as a whole.
delete from changed_bars
where
    not is_new
    and source <> held_source
    and not exists (
        select 1
        from unnest(%(symbols)s::text[], %(timeframes)s::text[]) as replaced (symbol, timeframe)
        where replaced.symbol = changed_bars.symbol and replaced.timeframe = changed_bars.timeframe
    )
