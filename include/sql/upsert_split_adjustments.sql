insert into market_data.split_adjustments (symbol, bars, input_hash)
select
    symbol,
    bars,
    input_hash
from changed_inputs
where bars > 0
on conflict (symbol) do update
    set
        bars = excluded.bars,
        input_hash = excluded.input_hash,
        refreshed_at = now()
