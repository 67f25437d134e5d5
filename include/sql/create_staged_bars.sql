-- Bars of a staged batch, of fixed width: NaN stands for no value. What is the same in all of a batch is in
-- staged_batches.
create temporary table staged_bars (
    batch integer not null,
    ts timestamptz not null,
    open double precision not null,
    high double precision not null,
    low double precision not null,
    close double precision not null,
    volume double precision not null
)
