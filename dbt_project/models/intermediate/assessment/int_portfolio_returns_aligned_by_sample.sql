with

sample_scenarios as (
    select
        as_of,
        scenario_name,
        case scenario_family when 'full_history' then 'overall' else 'crises' end as sample,
        cardinality(sessions) as session_count
    from {{ ref('stg_scenarios__definitions') }}
    where
        scenario_family in ('full_history', 'crisis')
        and status = 'ready'
),

-- read twice; materialised, no as-of date would be pushed into it
portfolios as not materialized (
    select * from {{ ref('stg_backtest__equity_curves') }}
    where symbol = 'PORTFOLIO'
),

strategies as (
    select distinct
        as_of,
        strategy_name
    from portfolios
),

-- where a strategy was not tested it has nulls, so that the sessions of all lie side by side
portfolios_in_every_scenario as (
    select
        sample_scenarios.as_of,
        sample_scenarios.sample,
        sample_scenarios.scenario_name,
        sample_scenarios.session_count,
        strategies.strategy_name,
        coalesce(
            portfolios.equity_values, array_fill(null::real, array[sample_scenarios.session_count])
        ) as equity_values
    from sample_scenarios
    inner join strategies on sample_scenarios.as_of = strategies.as_of
    left join portfolios
        on
            sample_scenarios.as_of = portfolios.as_of
            and sample_scenarios.scenario_name = portfolios.scenario_name
            and strategies.strategy_name = portfolios.strategy_name
),

-- capital is 1 before the first session of each scenario
aligned as (
    select
        portfolios_in_every_scenario.as_of,
        portfolios_in_every_scenario.sample,
        portfolios_in_every_scenario.strategy_name,
        array_agg(
            closes.equity::double precision / nullif(closes.previous_equity, 0) - 1
            order by portfolios_in_every_scenario.scenario_name, closes.session_number
        ) as simple_returns
    from portfolios_in_every_scenario
    cross join
        lateral unnest(
            portfolios_in_every_scenario.equity_values,
            array_prepend(1::real, portfolios_in_every_scenario.equity_values)
        ) with ordinality as closes (equity, previous_equity, session_number)
    where closes.session_number <= portfolios_in_every_scenario.session_count
    group by
        portfolios_in_every_scenario.as_of,
        portfolios_in_every_scenario.sample,
        portfolios_in_every_scenario.strategy_name
)

select * from aligned
