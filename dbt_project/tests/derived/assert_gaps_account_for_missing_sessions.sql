-- What a history lacks of its sessions is the sum of its gaps. Both as they are stored now, by one transaction: the
-- mart is of those of its own build.
with

missing_in_coverage as (
    select
        series_kind,
        symbol,
        timeframe,
        sessions_expected - sessions_held as sessions_missing
    from {{ ref('stg_quality__coverage') }}
),

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
    coalesce(missing_in_coverage.series_kind, missing_in_gaps.series_kind) as series_kind,
    coalesce(missing_in_coverage.symbol, missing_in_gaps.symbol) as symbol,
    coalesce(missing_in_coverage.timeframe, missing_in_gaps.timeframe) as timeframe,
    missing_in_coverage.sessions_missing,
    missing_in_gaps.sessions_in_gaps
from missing_in_coverage
full join missing_in_gaps
    on
        missing_in_coverage.series_kind = missing_in_gaps.series_kind
        and missing_in_coverage.symbol = missing_in_gaps.symbol
        and missing_in_coverage.timeframe = missing_in_gaps.timeframe
where coalesce(missing_in_coverage.sessions_missing, 0) <> coalesce(missing_in_gaps.sessions_in_gaps, 0)
