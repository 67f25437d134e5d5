with

strategies as (
    select * from {{ ref('stg_strategies__definitions') }}
    where is_enabled
),

-- worked out once for all pairs
portfolio_returns as materialized (
    select aligned.*
    from {{ ref('int_portfolio_returns_aligned_by_sample') }} as aligned
    inner join strategies on aligned.strategy_name = strategies.strategy_name
    where aligned.as_of = {{ as_of() }}
),

-- array against array took a third of the time of a join of rows by session
pairs as (
    select
        ones.sample,
        ones.strategy_name,
        others.strategy_name as other_strategy_name,
        measured.correlation,
        measured.sessions
    from portfolio_returns as ones
    inner join portfolio_returns as others
        on
            ones.sample = others.sample
            and ones.strategy_name < others.strategy_name
    cross join
        lateral (
            select
                corr(simple_returns.one, simple_returns.other) as correlation,
                regr_count(simple_returns.one, simple_returns.other) as sessions
            from unnest(ones.simple_returns, others.simple_returns) as simple_returns (one, other)
        ) as measured
    where measured.sessions >= 2
),

both_ways as (
    select
        strategy_name,
        other_strategy_name,
        sample,
        correlation,
        sessions
    from pairs
    union all
    select
        other_strategy_name as strategy_name,
        strategy_name as other_strategy_name,
        sample,
        correlation,
        sessions
    from pairs
),

-- rounding may leave a hair more than 1
bounded as (
    select
        strategy_name,
        other_strategy_name,
        sample,
        case when correlation is not null then greatest(-1, least(1, correlation)) end as correlation,
        sessions,
        {{ as_of() }} as run_date
    from both_ways
)

select * from bounded
