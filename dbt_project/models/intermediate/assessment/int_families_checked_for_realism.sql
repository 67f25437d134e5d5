with

survival as (
    select * from {{ ref('survival_matrix') }}
),

ranked_families as (
    select * from {{ ref('scenario_families') }}
    where is_ranked
),

realism as (
    select * from {{ ref('int_moments_summarised_by_family') }}
),

-- a strategy is told of the families its averages stand on, and of the set, which all of them belong to
checked as (
    select
        survival.run_date,
        survival.strategy_name,
        coalesce(
            string_agg(
                distinct realism.scenario_family, ', ' order by realism.scenario_family
            ) filter (where realism.moments_off > 0),
            ''
        ) as unrealistic_families
    from survival
    inner join ranked_families on survival.scenario_family = ranked_families.scenario_family
    inner join realism
        on
            survival.run_date = realism.as_of
            and realism.scenario_family in (survival.scenario_family, 'set')
    group by survival.run_date, survival.strategy_name
)

select * from checked
