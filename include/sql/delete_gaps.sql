-- Gaps that are filled, or begin elsewhere now.
delete from quality.gaps as held
where
    not exists (
        select 1
        from unnest(%(kinds)s::text[], %(symbols)s::text[], %(timeframes)s::text[], %(starts)s::date[])
            as found (kind, symbol, timeframe, gap_start)
        where
            found.kind = held.kind
            and found.symbol = held.symbol
            and found.timeframe = held.timeframe
            and found.gap_start = held.gap_start
    )
