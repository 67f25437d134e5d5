with

labelled as (
    select * from {{ ref('int_sessions_labelled_by_regime') }}
),

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

symbols as (
    select symbol from {{ ref('stg_market_data__instruments') }}
),

-- one element per session of the regime, so that element i of any two arrays is the same day; materialised, for each is
-- read once per symbol that it is compared with
arranged as materialized (
    select
        labelled.regime,
        symbols.symbol,
        array_agg(daily_returns.simple_return order by labelled.session_date) as returns,
        md5(array_agg(daily_returns.simple_return order by labelled.session_date)::text) as fingerprint
    from labelled
    cross join symbols
    left join daily_returns
        on
            symbols.symbol = daily_returns.symbol
            and labelled.session_date = daily_returns.session_date
    group by labelled.regime, symbols.symbol
    -- with fewer it has a correlation with nothing
    having count(daily_returns.simple_return) >= 63
),

pairs as (
    select
        arranged.regime,
        arranged.symbol,
        others.symbol as other_symbol,
        md5(arranged.fingerprint || others.fingerprint || '{{ code_hash() if execute }}') as fingerprint
    from arranged
    inner join arranged as others
        on
            arranged.regime = others.regime
            and arranged.symbol <= others.symbol
),

-- most regimes have no new session on most days: of these the rows stay, if they are still what they were built as
built_before as (
    {{ rows_before_this_build({
        'regime': 'text', 'symbol': 'text', 'other_symbol': 'text', 'fingerprint': 'text',
        'correlation': 'double precision', 'sessions': 'bigint',
    }) }}
),

pairs_kept as (
    select built_before.*
    from built_before
    inner join pairs
        on
            built_before.regime = pairs.regime
            and built_before.symbol = pairs.symbol
            and built_before.other_symbol = pairs.other_symbol
            and built_before.fingerprint = md5(
                concat_ws(' ', pairs.fingerprint, built_before.sessions, built_before.correlation)
            )
),

-- materialised: the planner takes comparing for cheap, and would compare all pairs to keep few
pairs_to_compare as materialized (
    select pairs.*
    from pairs
    left join pairs_kept
        on
            pairs.regime = pairs_kept.regime
            and pairs.symbol = pairs_kept.symbol
            and pairs.other_symbol = pairs_kept.other_symbol
    where pairs_kept.symbol is null
),

pairs_compared as (
    select
        pairs.regime,
        pairs.symbol,
        pairs.other_symbol,
        pairs.fingerprint,
        compared.correlation,
        compared.sessions
    from pairs_to_compare as pairs
    inner join arranged
        on
            pairs.regime = arranged.regime
            and pairs.symbol = arranged.symbol
    inner join arranged as others
        on
            pairs.regime = others.regime
            and pairs.other_symbol = others.symbol
    cross join
        lateral ( -- noqa: ST05
            -- unnested in a select list, arrays cost half of what they do in a from clause
            with

            returns as (
                select
                    unnest(arranged.returns) as own_return,
                    unnest(others.returns) as other_return
            )

            -- both pass over sessions on which either has no return
            select
                corr(own_return, other_return) as correlation,
                regr_count(own_return, other_return) as sessions
            from returns
        ) as compared
),

bounded as (
    select
        regime,
        symbol,
        other_symbol,
        fingerprint,
        case
            when sessions < 63 then null
            -- what moves exactly alike may come out of rounding at 1.0000000000000002
            when symbol = other_symbol or abs(correlation) > 1 then sign(correlation)
            else correlation
        end as correlation,
        sessions
    from pairs_compared
),

together as (
    select * from pairs_kept
    union all
    select
        regime,
        symbol,
        other_symbol,
        md5(concat_ws(' ', fingerprint, sessions, correlation)) as fingerprint,
        correlation,
        sessions
    from bounded
),

mirrored as (
    select * from together
    union all
    select
        regime,
        other_symbol as symbol,
        symbol as other_symbol,
        fingerprint,
        correlation,
        sessions
    from together
    where symbol <> other_symbol
)

select * from mirrored
