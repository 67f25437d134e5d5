insert into market_data.instruments as held (
    symbol, name, asset_class, sector, exchange, currency, is_tradable, groups, vendor_tickers, delisted_on,
    former_tickers, is_active
)
values (
    %(symbol)s, %(name)s, %(asset_class)s, %(sector)s, %(exchange)s, %(currency)s, %(is_tradable)s, %(groups)s,
    %(vendor_tickers)s, %(delisted_on)s, %(former_tickers)s, true
)
on conflict (symbol) do update
    set
        name = excluded.name,
        asset_class = excluded.asset_class,
        sector = excluded.sector,
        exchange = excluded.exchange,
        currency = excluded.currency,
        is_tradable = excluded.is_tradable,
        groups = excluded.groups,
        vendor_tickers = excluded.vendor_tickers,
        delisted_on = excluded.delisted_on,
        former_tickers = excluded.former_tickers,
        is_active = true
    where
        (
            held.name, held.asset_class, held.sector, held.exchange, held.currency, held.is_tradable, held.groups,
            held.vendor_tickers, held.delisted_on, held.former_tickers, held.is_active
        )
        is distinct from (
            excluded.name, excluded.asset_class, excluded.sector, excluded.exchange, excluded.currency,
            excluded.is_tradable, excluded.groups, excluded.vendor_tickers, excluded.delisted_on,
            excluded.former_tickers, true
        )
