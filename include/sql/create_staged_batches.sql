create temporary table staged_batches (
    batch integer not null,
    symbol text not null,
    timeframe text not null,
    price_basis text not null,
    source text not null,
    bars integer not null,
    first_ts timestamptz not null,
    last_ts timestamptz not null
)
