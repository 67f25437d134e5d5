drop table backtest.trials;
drop table backtest.equity_curves;
drop table backtest.results;
drop table backtest.runs;
drop table strategies.signals;
drop table strategies.definitions;
