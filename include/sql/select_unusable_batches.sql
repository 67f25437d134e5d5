-- Staged series that cannot be landed whatever is held: of a symbol that is no instrument, or in several price bases.
select
    batches.symbol,
    batches.timeframe,
    array_agg(distinct batches.source) as sources,
    array_agg(distinct batches.price_basis) as price_bases,
    instruments.symbol is not null as is_instrument
from staged_batches as batches
left join market_data.instruments on batches.symbol = instruments.symbol
group by batches.symbol, batches.timeframe, instruments.symbol
having instruments.symbol is null or count(distinct batches.price_basis) > 1
order by batches.symbol, batches.timeframe
