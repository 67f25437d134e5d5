create temporary table staged_bars (
    symbol text not null,
    timeframe text not null,
    ts timestamptz not null,
    open double precision,
    high double precision,
    low double precision,
    close double precision not null,
    volume double precision,
    price_basis text not null,
    source text not null
)
