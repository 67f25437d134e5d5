delete from market_data.split_adjustments as made
using changed_inputs as changed
where made.symbol = changed.symbol and changed.bars = 0
