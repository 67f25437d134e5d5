-- Gaps that are filled, or begin elsewhere now.
delete from quality.gaps as held
where
    held.timeframe = '1d'
    and not exists (
        select 1
        from unnest(%(symbols)s::text[], %(starts)s::date[]) as found (symbol, gap_start)
        where found.symbol = held.symbol and found.gap_start = held.gap_start
    )
