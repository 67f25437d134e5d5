-- Spells that their source tells otherwise now: it always gives all spells of an index.
delete from market_data.index_membership as held
where
    %(start)s::date <= %(end)s::date
    and exists (
        select 1
        from staged_market_data_index_membership as staged
        where staged.index_name = held.index_name and staged.source = held.source
    )
    and not exists (
        select 1
        from staged_market_data_index_membership as staged
        where
            staged.index_name = held.index_name
            and staged.ticker = held.ticker
            and staged.valid_from = held.valid_from
    )
