-- Why: people look inside the best cells trade by trade.
-- Lock: none on existing data. Undo: 0017_create_trades.down.sql.
create table backtest.trades (
    as_of date not null,
    scenario_name text not null,
    strategy_name text not null,
    symbol text not null,
    trade_number integer not null constraint trades_number_from_one check (trade_number >= 1),
    direction smallint not null constraint trades_direction_known check (direction in (-1, 1)),
    entry_date date not null,
    exit_date date,
    entry_price double precision,
    exit_price double precision,
    trade_return double precision,
    exit_reason text not null constraint trades_exit_reason_known check (
        exit_reason in (
            'signal', 'stop_loss', 'trailing_stop', 'drawdown_halt', 'ruin', 'series_ended', 'open_at_end'
        )
    ),
    constraint trades_pkey primary key (as_of, scenario_name, strategy_name, symbol, trade_number),
    constraint trades_exit_after_entry check (exit_date >= entry_date),
    constraint trades_open_ones_have_no_exit check ((exit_date is null) = (exit_reason = 'open_at_end'))
);
comment on table backtest.trades is 'One row per trade of the top cells of each scenario as of a date: those of the best Sharpe ratio that closed a trade.';
comment on column backtest.trades.symbol is 'The cell: a symbol, or a group of legs joined by "/".';
comment on column backtest.trades.direction is '1 long, -1 short; of a group, that of its first leg.';
comment on column backtest.trades.entry_price is 'Of the fill that opened it, in the scenario''s adjusted prices; null for groups.';
comment on column backtest.trades.trade_return is 'Equity after its last fill (or at the end) over equity before its first, minus 1; costs included.';
