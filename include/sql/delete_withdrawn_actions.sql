-- Actions that their source lists no more: moved to another day, or taken back. Of symbols it has just answered for.
delete from market_data.corporate_actions as held
using unnest(%(served_symbols)s::text[], %(served_sources)s::text[]) as served (symbol, source)
where
    held.symbol = served.symbol
    and held.source = served.source
    and held.ex_date between %(start)s and %(end)s
    and not exists (
        select 1
        from staged_market_data_corporate_actions as staged
        where
            staged.symbol = held.symbol
            and staged.action_type = held.action_type
            and staged.ex_date = held.ex_date
    )
