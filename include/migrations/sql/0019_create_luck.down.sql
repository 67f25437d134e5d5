drop table backtest.luck_families;
drop table backtest.luck;
