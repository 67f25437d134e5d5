-- Why: the landing tables for instruments, bars and corporate actions.
-- Lock: none on existing data. Undo: 0003_create_market_data.down.sql.
create table market_data.exchanges (
    exchange text constraint exchanges_pkey primary key,
    name text not null,
    calendar text not null,
    timezone text not null
);
comment on table market_data.exchanges is 'One row per exchange.';
comment on column market_data.exchanges.calendar is 'Name in the exchange-calendars library, for example XNYS.';

create table market_data.instruments (
    symbol text constraint instruments_pkey primary key constraint instruments_symbol_not_blank check (symbol = btrim(symbol) and symbol <> ''),
    name text not null,
    asset_class text not null constraint instruments_asset_class_known
        check (asset_class in ('stock', 'etf', 'index', 'volatility_index', 'crypto', 'fx', 'commodity')),
    sector text,
    exchange text not null constraint instruments_exchange_exists references market_data.exchanges (exchange),
    currency text not null,
    is_tradable boolean not null,
    groups text[] not null default '{}',
    vendor_tickers jsonb not null default '{}',
    is_active boolean not null default true
);
comment on table market_data.instruments is 'One row per instrument that universe.yaml names or ever named.';
comment on column market_data.instruments.symbol is 'Tetra''s own stable key; a renamed ticker keeps it.';
comment on column market_data.instruments.is_tradable is 'False for series that strategies read but nobody trades (VIX).';
comment on column market_data.instruments.vendor_tickers is 'Ticker per source where it differs from the symbol.';
comment on column market_data.instruments.is_active is 'False once universe.yaml names it no more; its bars stay.';

create table market_data.ohlcv (
    symbol text not null constraint ohlcv_instrument_exists references market_data.instruments (symbol),
    timeframe text not null constraint ohlcv_timeframe_known check (timeframe in ('1h', '1d')),
    ts timestamptz not null,
    open double precision,
    high double precision,
    low double precision,
    close double precision not null,
    volume double precision constraint ohlcv_volume_not_negative check (volume >= 0),
    price_basis text not null constraint ohlcv_price_basis_known check (price_basis in ('raw', 'split', 'total')),
    source text not null,
    ingested_at timestamptz not null default now(),
    constraint ohlcv_pkey primary key (symbol, timeframe, ts)
);
comment on table market_data.ohlcv is 'One row per symbol, timeframe and bar open.';
comment on column market_data.ohlcv.ts is 'Bar open in UTC; a daily bar at 00:00 UTC of its session date.';
comment on column market_data.ohlcv.open is 'Null where the source has no opens; so high, low and volume.';
comment on column market_data.ohlcv.close is 'In the instrument''s currency; may be negative (WTI, 2020-04-20: -36.98).';
comment on column market_data.ohlcv.price_basis is 'What the source gave: raw, split-adjusted or total-return-adjusted.';
comment on column market_data.ohlcv.source is 'Source and data set the bar came from.';
create index ohlcv_by_session on market_data.ohlcv (timeframe, ts);
select timescale.ensure_hypertable('market_data.ohlcv', 'ts');

create table market_data.corporate_actions (
    symbol text not null constraint corporate_actions_instrument_exists references market_data.instruments (symbol),
    action_type text not null constraint corporate_actions_type_known check (action_type in ('split', 'dividend')),
    ex_date date not null,
    value double precision not null constraint corporate_actions_value_positive check (value > 0),
    source text not null,
    ingested_at timestamptz not null default now(),
    constraint corporate_actions_pkey primary key (symbol, action_type, ex_date)
);
comment on table market_data.corporate_actions is 'One row per symbol, kind of action and ex-date.';
comment on column market_data.corporate_actions.value is 'Split: new shares per old share. Dividend: currency per share, as of the ex-date.';
