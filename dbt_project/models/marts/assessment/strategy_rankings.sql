with

strategies as (
    select * from {{ ref('stg_strategies__definitions') }}
    where is_enabled
),

ranked_families as (
    select * from {{ ref('scenario_families') }}
    where is_ranked
),

family_summaries as (
    select summaries.*
    from {{ ref('int_results_summarised_by_family') }} as summaries
    inner join ranked_families on summaries.scenario_family = ranked_families.scenario_family
    where summaries.run_date = {{ as_of() }}
),

realism as (
    select * from {{ ref('int_moments_summarised_by_family') }}
    where as_of = {{ as_of() }}
),

-- a strategy is told of the families its averages stand on, and of the set, which all of them belong to
families_judged as (
    select
        family_summaries.strategy_name,
        string_agg(
            distinct realism.scenario_family, ', ' order by realism.scenario_family
        ) filter (where realism.moments_off > 0) as families_off
    from family_summaries
    inner join realism on realism.scenario_family in (family_summaries.scenario_family, 'set')
    group by family_summaries.strategy_name
),

-- each family counts once, however many scenarios it has
averaged_over_families as (
    select
        strategy_name,
        avg(avg_score order by scenario_family) as avg_score,
        avg(avg_return order by scenario_family) as avg_return,
        avg(avg_sharpe order by scenario_family) as avg_sharpe,
        avg(avg_max_drawdown order by scenario_family) as avg_max_drawdown,
        avg(survival_share order by scenario_family) as survival_share,
        avg(worst_decile_return order by scenario_family) as worst_decile_return,
        avg(avg_cell_score order by scenario_family) as avg_cell_score,
        avg(avg_cell_return order by scenario_family) as avg_cell_return,
        sum(scenarios_tested)::bigint as scenarios_tested,
        sum(cells_tested)::bigint as cells_tested
    from family_summaries
    group by strategy_name
),

strategies_with_averages as (
    select
        strategies.strategy_name,
        strategies.strategy_category,
        strategies.kind,
        strategies.audit_status,
        case
            when families_judged.strategy_name is not null then coalesce(families_judged.families_off, '')
        end as unrealistic_families,
        averaged_over_families.avg_score,
        averaged_over_families.avg_return,
        averaged_over_families.avg_sharpe,
        averaged_over_families.avg_max_drawdown,
        averaged_over_families.survival_share,
        averaged_over_families.worst_decile_return,
        averaged_over_families.avg_cell_score,
        averaged_over_families.avg_cell_return,
        coalesce(averaged_over_families.scenarios_tested, 0) as scenarios_tested,
        coalesce(averaged_over_families.cells_tested, 0) as cells_tested
    from strategies
    left join averaged_over_families on strategies.strategy_name = averaged_over_families.strategy_name
    left join families_judged on strategies.strategy_name = families_judged.strategy_name
),

-- names decide ties, compared by code point so that every server agrees; what was not tested has no rank
ranked as (
    select
        strategy_name,
        strategy_category,
        kind,
        audit_status,
        unrealistic_families,
        case when avg_score is not null then row_number() over best_first end as overall_rank,
        case when avg_score is not null then row_number() over best_in_category_first end as category_rank,
        case when avg_cell_score is not null then row_number() over best_in_kind_first end as kind_rank,
        avg_score,
        avg_return,
        avg_sharpe,
        avg_max_drawdown,
        survival_share,
        worst_decile_return,
        avg_cell_score,
        avg_cell_return,
        scenarios_tested,
        cells_tested,
        {{ as_of() }} as run_date
    from strategies_with_averages
    window
        best_first as (order by avg_score desc nulls last, strategy_name collate "C"),
        best_in_category_first as (
            partition by strategy_category
            order by avg_score desc nulls last, strategy_name collate "C"
        ),
        best_in_kind_first as (
            partition by kind
            order by avg_cell_score desc nulls last, strategy_name collate "C"
        )
)

select * from ranked
