-- The symbols whose daily bars or splits are not those that split_adjusted_bars was made from, with what they are now;
-- bars and hash are 0 where a symbol has no bar left. A sum of hashes needs no order, and any row that came, went or
-- changed moves it; counts and times of landing would miss a row revised by a run that began before the last refresh.
create temporary table changed_inputs on commit drop as
with bars as (
    select
        symbol,
        count(*) as bars,
        max(ts) as last_ts,
        sum(hash_record_extended(row(ts, open, high, low, close, volume, price_basis), 0)) as input_hash
    from market_data.ohlcv
    where timeframe = '1d'
    group by symbol
),

splits as (
    select
        symbol,
        sum(hash_record_extended(row(ex_date, value), 1)) as input_hash
    from market_data.corporate_actions
    where action_type = 'split'
    group by symbol
),

inputs as (
    select
        bars.symbol,
        bars.bars,
        bars.last_ts,
        bars.input_hash + coalesce(splits.input_hash, 0) as input_hash
    from bars
    left join splits on bars.symbol = splits.symbol
)

select
    coalesce(inputs.symbol, made.symbol) as symbol,
    coalesce(inputs.bars, 0) as bars,
    inputs.last_ts,
    coalesce(inputs.input_hash, 0) as input_hash
from inputs
full outer join market_data.split_adjustments as made on inputs.symbol = made.symbol
where (inputs.bars, inputs.input_hash) is distinct from (made.bars, made.input_hash)
