-- Rows in, rows out: each path of the as-of date has one row, whose sessions are those of its window. Of other dates
-- paths may have come since the build.
with

paths as (
    select
        as_of,
        scenario_name,
        symbol,
        cardinality(close_prices) as sessions
    from {{ ref('stg_scenarios__paths') }}
    where as_of = {{ as_of() }}
),

statistics as (
    select * from {{ ref('scenario_statistics') }}
    where as_of = {{ as_of() }}
)

select
    coalesce(paths.as_of, statistics.as_of) as as_of,
    coalesce(paths.scenario_name, statistics.scenario_name) as scenario_name,
    coalesce(paths.symbol, statistics.symbol) as symbol,
    paths.sessions as sessions_of_path,
    statistics.sessions + statistics.sessions_missing as sessions_counted
from paths
full join statistics
    on
        paths.as_of = statistics.as_of
        and paths.scenario_name = statistics.scenario_name
        and paths.symbol = statistics.symbol
where (statistics.sessions + statistics.sessions_missing) is distinct from paths.sessions
