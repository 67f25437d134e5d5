with

coverage as (
    select * from {{ ref('stg_quality__coverage') }}
),

gaps as (
    select * from {{ ref('stg_quality__gaps') }}
),

instruments as (
    select * from {{ ref('stg_market_data__instruments') }}
),

indicators as (
    select * from {{ ref('stg_economic_data__indicators') }}
),

-- what the universe asks for has a row even when no source has ever had a bar of it
wanted as (
    select
        'bars' as series_kind,
        symbol,
        '1d' as timeframe
    from instruments
    where is_active
    union all
    select
        'macro' as series_kind,
        series_id as symbol,
        frequency as timeframe
    from indicators
    where is_active
),

gaps_counted as (
    select
        series_kind,
        symbol,
        timeframe,
        count(*) as gaps,
        max(sessions_missing) as longest_gap,
        -- of equally long ones the newest
        (array_agg(gap_start order by sessions_missing desc, gap_start desc))[1] as longest_gap_start
    from gaps
    group by series_kind, symbol, timeframe
),

held as (
    select
        coalesce(coverage.series_kind, wanted.series_kind) as series_kind,
        coalesce(coverage.symbol, wanted.symbol) as symbol,
        coalesce(coverage.timeframe, wanted.timeframe) as timeframe,
        coverage.sessions_expected,
        coalesce(coverage.sessions_held, 0) as sessions_held,
        coverage.sessions_expected - coverage.sessions_held as sessions_missing,
        coverage.coverage,
        coverage.first_session,
        coverage.last_session
    from coverage
    full join wanted
        on
            coverage.series_kind = wanted.series_kind
            and coverage.symbol = wanted.symbol
            and coverage.timeframe = wanted.timeframe
),

named as (
    select
        held.series_kind,
        held.symbol,
        coalesce(instruments.instrument_name, indicators.indicator_name) as name,
        coalesce(instruments.asset_class, 'macro') as asset_class,
        held.timeframe,
        held.sessions_expected,
        held.sessions_held,
        held.sessions_missing,
        coalesce(gaps_counted.gaps, 0) as gaps,
        coalesce(gaps_counted.longest_gap, 0) as longest_gap,
        held.coverage,
        held.first_session,
        held.last_session,
        gaps_counted.longest_gap_start
    from held
    left join gaps_counted
        on
            held.series_kind = gaps_counted.series_kind
            and held.symbol = gaps_counted.symbol
            and held.timeframe = gaps_counted.timeframe
    left join instruments on held.series_kind = 'bars' and held.symbol = instruments.symbol
    left join indicators on held.series_kind = 'macro' and held.symbol = indicators.series_id
)

select * from named
