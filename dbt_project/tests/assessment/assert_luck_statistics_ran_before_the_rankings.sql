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
    select * from {{ ref('stg_backtest__luck') }}
    where as_of = {{ as_of() }}
),

luck_families as (
    select * from {{ ref('stg_backtest__luck_families') }}
    where as_of = {{ as_of() }}
)

select
    enabled.strategy_name,
    enabled.audit_status,
    luck.verdict,
    luck_families.as_of as has_family_as_of
from enabled
left join luck on enabled.strategy_name = luck.strategy_name
left join luck_families on luck.as_of = luck_families.as_of
where
    luck.strategy_name is null
    or luck_families.as_of is null
    or (enabled.audit_status = 'rejected: look-ahead') <> (luck.verdict = 'rejected: look-ahead')
