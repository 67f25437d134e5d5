-- What a history lacks is at least its longest gap and a session for each other one, and at most as many longest gaps
-- as it has gaps.
select
    series_kind,
    symbol,
    timeframe,
    sessions_missing,
    gaps,
    longest_gap
from {{ ref('data_coverage') }}
where
    coalesce(sessions_missing, 0) not between longest_gap + greatest(gaps - 1, 0) and gaps * longest_gap
    or coalesce(sessions_missing, 0) <> coalesce(sessions_expected - sessions_held, 0)
