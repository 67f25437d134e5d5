{%- set families = [
    'bull', 'crisis', 'full_cycle', 'full_history', 'regime', 'bootstrap', 'monte_carlo', 'stress',
] -%}

-- noqa: disable=LT02
-- (sqlfluff loses the indentation where a loop ends a list)
with

survival as (
    select * from {{ ref('survival_matrix') }}
),

families as (
    select * from {{ ref('scenario_families') }}
),

-- each family counts once, however many scenarios it has; families that are not ranked are told and not averaged
averaged as (
    select
        survival.run_date,
        survival.strategy_name,
        {% for average in [
            'avg_score', 'avg_return', 'avg_sharpe', 'avg_max_drawdown', 'survival_share', 'worst_decile_return',
            'avg_cell_score', 'avg_cell_return',
        ] %}
            avg(survival.{{ average }} order by survival.scenario_family)
                filter (where families.is_ranked) as {{ average }},
        {% endfor %}
        {% for family in families %}
            max(survival.survival_share)
                filter (where survival.scenario_family = '{{ family }}') as survival_share_{{ family }},
            max(survival.worst_decile_return)
                filter (where survival.scenario_family = '{{ family }}') as worst_decile_return_{{ family }},
        {% endfor %}
        coalesce(sum(survival.scenarios_tested) filter (where families.is_ranked), 0)::bigint as scenarios_tested,
        coalesce(sum(survival.cells_tested) filter (where families.is_ranked), 0)::bigint as cells_tested
    from survival
    inner join families on survival.scenario_family = families.scenario_family
    group by survival.run_date, survival.strategy_name
)

select * from averaged
