-- A pair correlates as much one way as the other, and over the whole history every pair of strategies that have a
-- portfolio there has a row.
with

correlations as (
    select * from {{ ref('strategy_correlations') }}
    where run_date = {{ as_of() }}
),

one_sided as (
    select
        there.sample,
        there.strategy_name,
        there.other_strategy_name
    from correlations as there
    left join correlations as back
        on
            there.sample = back.sample
            and there.strategy_name = back.other_strategy_name
            and there.other_strategy_name = back.strategy_name
    where
        back.run_date is null
        or there.sessions <> back.sessions
        or there.correlation is distinct from back.correlation
),

in_full_history as (
    select results.strategy_name
    from {{ ref('backtest_results') }} as results
    inner join {{ ref('stg_strategies__definitions') }} as strategies
        on results.strategy_name = strategies.strategy_name
    where
        results.run_date = {{ as_of() }}
        and results.scenario_family = 'full_history'
        and results.kind = 'portfolio'
        and results.total_return is not null
        and strategies.is_enabled
),

missing as (
    select
        'overall' as sample,
        ones.strategy_name,
        others.strategy_name as other_strategy_name
    from in_full_history as ones
    inner join in_full_history as others on ones.strategy_name <> others.strategy_name
    left join correlations
        on
            ones.strategy_name = correlations.strategy_name
            and others.strategy_name = correlations.other_strategy_name
            and correlations.sample = 'overall'
    where correlations.run_date is null
)

select * from one_sided
union all
select * from missing
