-- Changes whenever split_adjusted_bars does, and costs a row per symbol instead of one per bar.
select coalesce(sum(hash_record_extended(row(symbol, bars, input_hash), 0)), 0) as input_hash
from market_data.split_adjustments
