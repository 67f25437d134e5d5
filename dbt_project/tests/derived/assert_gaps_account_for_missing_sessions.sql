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
    coalesce(data_coverage.series_kind, missing_in_gaps.series_kind) as series_kind,
    coalesce(data_coverage.symbol, missing_in_gaps.symbol) as symbol,
    coalesce(data_coverage.timeframe, missing_in_gaps.timeframe) as timeframe,
    data_coverage.sessions_missing,
    missing_in_gaps.sessions_in_gaps
from {{ ref('data_coverage') }} as data_coverage
full join missing_in_gaps
    on
        data_coverage.series_kind = missing_in_gaps.series_kind
        and data_coverage.symbol = missing_in_gaps.symbol
        and data_coverage.timeframe = missing_in_gaps.timeframe
where coalesce(data_coverage.sessions_missing, 0) <> coalesce(missing_in_gaps.sessions_in_gaps, 0)
