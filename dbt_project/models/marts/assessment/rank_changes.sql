-- A view: what was before a date is known only once every older date is built, and those may come later. Read from the
-- rankings of all dates, it is right in whatever order they were built.
{{ config(materialized='view') }}

with

rankings as (
    select * from {{ ref('strategy_rankings') }}
),

run_dates as (
    select
        run_date,
        lag(run_date) over (order by run_date) as previous_run_date
    from (select distinct run_date from rankings) as dates
),

rankings_now as (
    select
        run_dates.run_date,
        run_dates.previous_run_date,
        rankings.strategy_name,
        rankings.strategy_category,
        rankings.overall_rank,
        rankings.verdict
    from run_dates
    inner join rankings on run_dates.run_date = rankings.run_date
),

-- as they stood at the run before, under the date they are compared with
rankings_then as (
    select
        run_dates.run_date,
        run_dates.previous_run_date,
        rankings.strategy_name,
        rankings.strategy_category,
        rankings.overall_rank,
        rankings.verdict
    from run_dates
    inner join rankings on run_dates.previous_run_date = rankings.run_date
),

-- a strategy that is no longer listed keeps a row for the run in which it left
compared as (
    select
        coalesce(rankings_now.strategy_name, rankings_then.strategy_name) as strategy_name,
        coalesce(rankings_now.strategy_category, rankings_then.strategy_category) as strategy_category,
        rankings_now.verdict,
        rankings_then.verdict as previous_verdict,
        rankings_now.overall_rank,
        rankings_then.overall_rank as previous_overall_rank,
        coalesce(rankings_now.run_date, rankings_then.run_date) as run_date,
        coalesce(rankings_now.previous_run_date, rankings_then.previous_run_date) as previous_run_date
    from rankings_now
    full outer join rankings_then
        on
            rankings_now.run_date = rankings_then.run_date
            and rankings_now.strategy_name = rankings_then.strategy_name
),

told as (
    select
        strategy_name,
        strategy_category,
        verdict,
        previous_verdict,
        case
            when previous_run_date is null then null
            when overall_rank is null and previous_overall_rank is null then 'not ranked'
            when previous_overall_rank is null then 'entered'
            when overall_rank is null then 'left'
            when overall_rank < previous_overall_rank then 'up'
            when overall_rank > previous_overall_rank then 'down'
            else 'unchanged'
        end as movement,
        overall_rank,
        previous_overall_rank,
        previous_overall_rank - overall_rank as rank_change,
        verdict <> previous_verdict as is_verdict_changed,
        run_date,
        previous_run_date
    from compared
)

select * from told
