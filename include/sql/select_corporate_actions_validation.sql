-- One row per corporate action of the slice, with the daily bars before and on its ex-date, where there are any.
select
    actions.symbol,
    actions.action_type,
    actions.ex_date,
    actions.value,
    exchanges.calendar,
    bar_before.close as close_before,
    bar.close,
    bar.price_basis = 'raw' and bar_before.price_basis = 'raw' as is_raw,
    coalesce(split.value, 1) as split_that_day,
    coalesce(dividend.value, 0) as dividend_that_day
from market_data.corporate_actions as actions
inner join market_data.instruments on actions.symbol = instruments.symbol
inner join market_data.exchanges on instruments.exchange = exchanges.exchange
left join market_data.corporate_actions as split
    on actions.symbol = split.symbol and actions.ex_date = split.ex_date and split.action_type = 'split'
left join market_data.corporate_actions as dividend
    on actions.symbol = dividend.symbol and actions.ex_date = dividend.ex_date and dividend.action_type = 'dividend'
left join market_data.ohlcv as bar
    on
        actions.symbol = bar.symbol
        and bar.timeframe = '1d'
        and bar.ts = actions.ex_date::timestamp at time zone 'UTC'
left join lateral (
    select
        earlier.close,
        earlier.price_basis
    from market_data.ohlcv as earlier
    where
        earlier.symbol = actions.symbol
        and earlier.timeframe = '1d'
        and earlier.ts < actions.ex_date::timestamp at time zone 'UTC'
    order by earlier.ts desc
    limit 1
) as bar_before on true
where actions.ex_date between %(start)s and %(end)s
order by actions.symbol, actions.ex_date, actions.action_type
