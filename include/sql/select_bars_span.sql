-- First and last daily bar of every active instrument, wherever in its history; the calendar it trades on.
select
    instruments.symbol,
    exchanges.calendar,
    (min(bars.ts) at time zone 'UTC')::date as first_session,
    (max(bars.ts) filter (where bars.ts < %(end_exclusive)s::timestamptz) at time zone 'UTC')::date
        as last_session_by_end
from market_data.instruments
inner join market_data.exchanges on instruments.exchange = exchanges.exchange
inner join market_data.ohlcv as bars on instruments.symbol = bars.symbol
where instruments.is_active and bars.timeframe = '1d'
group by instruments.symbol, exchanges.calendar
