-- What a history lacks of its sessions is the sum of its gaps.
with

missing_in_gaps as (
    select
        series_kind,
        symbol,
        timeframe,
        sum(sessions_missing) as sessions_in_gaps
    from {{ ref('stg_quality__gaps') }}
    group by series_kind, symbol, timeframe
)

select
    series_kind,
    symbol,
    timeframe,
    data_coverage.sessions_missing,
    missing_in_gaps.sessions_in_gaps
from {{ ref('data_coverage') }} as data_coverage
full join missing_in_gaps using (series_kind, symbol, timeframe)
where coalesce(data_coverage.sessions_missing, 0) <> coalesce(missing_in_gaps.sessions_in_gaps, 0)
