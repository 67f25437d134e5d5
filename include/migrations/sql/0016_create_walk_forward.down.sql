drop table backtest.walk_forward_paths;
drop table backtest.walk_forward_folds;
