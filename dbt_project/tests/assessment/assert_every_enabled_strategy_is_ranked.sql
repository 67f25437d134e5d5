-- Exactly the enabled strategies have a row, and whoever was tested in a ranked family has a rank.
with

enabled as (
    select strategy_name
    from {{ ref('stg_strategies__definitions') }}
    where is_enabled
),

listed as (
    select
        strategy_name,
        overall_rank,
        scenarios_tested
    from {{ ref('strategy_rankings') }}
    where run_date = {{ as_of() }}
)

select
    enabled.strategy_name as strategy_enabled,
    listed.strategy_name as strategy_listed,
    listed.overall_rank,
    listed.scenarios_tested
from enabled
full outer join listed on enabled.strategy_name = listed.strategy_name
where
    enabled.strategy_name is null
    or listed.strategy_name is null
    or (listed.overall_rank is null) <> (listed.scenarios_tested = 0)
