drop table backtest.trades;
