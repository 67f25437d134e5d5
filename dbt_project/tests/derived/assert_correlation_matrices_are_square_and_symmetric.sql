-- Each pair of a regime's symbols stands there twice, with the same correlation, which is 1 on the diagonal.
with

correlations as (
    select * from {{ ref('correlations') }}
),

symbols as (
    select distinct
        regime,
        symbol
    from correlations
),

pairs as (
    select
        symbols.regime,
        symbols.symbol,
        others.symbol as other_symbol
    from symbols
    inner join symbols as others on symbols.regime = others.regime
)

select
    pairs.regime,
    pairs.symbol,
    pairs.other_symbol,
    correlations.correlation,
    mirrored.correlation as mirrored_correlation
from pairs
left join correlations
    on
        pairs.regime = correlations.regime
        and pairs.symbol = correlations.symbol
        and pairs.other_symbol = correlations.other_symbol
left join correlations as mirrored
    on
        pairs.regime = mirrored.regime
        and pairs.symbol = mirrored.other_symbol
        and pairs.other_symbol = mirrored.symbol
where
    correlations.sessions is distinct from mirrored.sessions
    or correlations.sessions is null
    or correlations.correlation is distinct from mirrored.correlation
    or (pairs.symbol = pairs.other_symbol and correlations.correlation <> 1)
