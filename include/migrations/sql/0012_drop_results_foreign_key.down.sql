alter table backtest.results
add constraint results_strategy_exists foreign key (strategy_name) references strategies.definitions (strategy_name);
comment on column backtest.results.strategy_name is null;
