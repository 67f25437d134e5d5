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
        array_agg(daily_returns.simple_return order by labelled.session_date) as returns
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
        compared.correlation,
        compared.sessions
    from arranged
    inner join arranged as others
        on
            arranged.regime = others.regime
            and arranged.symbol <= others.symbol
    cross join lateral ( -- noqa: ST05
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
        case
            when sessions < 63 then null
            -- what moves exactly alike may come out of rounding at 1.0000000000000002
            when symbol = other_symbol or abs(correlation) > 1 then sign(correlation)
            else correlation
        end as correlation,
        sessions
    from pairs
),

mirrored as (
    select * from bounded
    union all
    select
        regime,
        other_symbol as symbol,
        symbol as other_symbol,
        correlation,
        sessions
    from bounded
    where symbol <> other_symbol
)

select * from mirrored
