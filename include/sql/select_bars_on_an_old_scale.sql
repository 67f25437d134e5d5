-- Of archived bars that are about to be restored, adjusted ones whose scale has changed: an action has become effective
-- since they were taken from their source. One row per symbol and timeframe; bars that are held already do not matter.
select
    restored.symbol,
    restored.timeframe,
    min((restored.ts at time zone 'UTC')::date) as first_day,
    max((restored.ts at time zone 'UTC')::date) as last_day,
    min(actions.ex_date) as ex_date
from restored_rows as restored
inner join market_data.corporate_actions as actions on restored.symbol = actions.symbol
inner join market_data.instruments as instruments on actions.symbol = instruments.symbol
inner join market_data.exchanges as exchanges on instruments.exchange = exchanges.exchange
left join market_data.ohlcv as held
    on restored.symbol = held.symbol and restored.timeframe = held.timeframe and restored.ts = held.ts
where
    held.symbol is null
    and (restored.price_basis = 'total' or (restored.price_basis = 'split' and actions.action_type = 'split'))
    and actions.ex_date > (restored.ingested_at at time zone exchanges.timezone)::date
    and actions.ex_date <= (now() at time zone exchanges.timezone)::date
group by restored.symbol, restored.timeframe
order by restored.symbol, restored.timeframe
