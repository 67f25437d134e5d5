-- Each bar has its row, each band its side, and an indicator the bars it needs: what holds whatever the prices were.
with

bars as (
    select count(*) as bars from {{ ref('int_bars_adjusted_for_actions') }}
),

indicators as (
    select
        count(*) as rows_built,
        count(*) filter (where not bollinger_middle between bollinger_lower and bollinger_upper) as bands_crossed,
        count(*) filter (where (sma_200 is null) < (sma_50 is null)) as long_averages_before_short_ones,
        count(*) filter (where (adx_14 is null) < (plus_di_14 is null)) as averages_before_their_indicators
    from {{ ref('technical_indicators') }}
)

select
    bars.bars,
    indicators.*
from bars
cross join indicators
where
    bars.bars <> indicators.rows_built
    or indicators.bands_crossed > 0
    or indicators.long_averages_before_short_ones > 0
    or indicators.averages_before_their_indicators > 0
