-- Every enabled strategy has a row in backtest.luck of this as-of date, and the date one in backtest.luck_families; who
-- was rejected for looking ahead is called so in both places. Rows here: run the task luck_statistics of
-- assessment_pipeline for the as-of date, then build again. No ranking is written before.
with

enabled as (
    select
        strategy_name,
        audit_status
    from {{ ref('stg_strategies__definitions') }}
    where is_enabled
),

luck as (
    select * from {{ ref('int_luck_joined_to_its_family') }}
    where as_of = {{ as_of() }}
)

select
    enabled.strategy_name,
    enabled.audit_status,
    luck.verdict
from enabled
left join luck on enabled.strategy_name = luck.strategy_name
where
    luck.strategy_name is null
    or (enabled.audit_status = 'rejected: look-ahead') <> (luck.verdict = 'rejected: look-ahead')
