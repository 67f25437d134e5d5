-- One row per ranked strategy of a run date; an enabled strategy without a ranking keeps a row without one.
with enabled as (
    select strategy_name
    from strategies.definitions
    where is_enabled
),

ranked as (
    select
        strategy_name,
        avg_score,
        scenarios_tested
    from assessment.strategy_rankings
    where run_date = %(as_of)s
)

select
    enabled.strategy_name as enabled_strategy,
    ranked.strategy_name as ranked_strategy,
    ranked.avg_score,
    ranked.scenarios_tested
from enabled
full outer join ranked on enabled.strategy_name = ranked.strategy_name
order by coalesce(enabled.strategy_name, ranked.strategy_name)
