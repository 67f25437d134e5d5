-- Rows in, rows out: each path that is kept has one row, whose sessions are those of its window.
with

paths as (
    select
        as_of,
        scenario_name,
        symbol,
        cardinality(close_prices) as sessions
    from {{ ref('stg_scenarios__paths') }}
)

select
    as_of,
    scenario_name,
    symbol,
    paths.sessions as sessions_of_path,
    statistics.sessions + statistics.sessions_missing as sessions_counted
from paths
full join {{ ref('scenario_statistics') }} as statistics using (as_of, scenario_name, symbol)
where (statistics.sessions + statistics.sessions_missing) is distinct from paths.sessions
