-- The split-adjusted bars of the changed symbols that are new or differ from what is held. Raw bars are divided by the
-- product of the splits after them. A split after the symbol's last bar has not happened to it yet and scales nothing.
create temporary table changed_adjusted_bars on commit drop as
with splits as (
    select
        actions.symbol,
        actions.value,
        actions.ex_date::timestamp at time zone 'UTC' as ex_ts
    from market_data.corporate_actions as actions
    inner join changed_inputs as changed on actions.symbol = changed.symbol
    where
        actions.action_type = 'split'
        and actions.ex_date::timestamp at time zone 'UTC' <= changed.last_ts
),

-- between two ex-dates every bar has the same shares
segments as (
    select
        symbol,
        coalesce(lag(ex_ts) over (partition by symbol order by ex_ts), '-infinity') as first_ts,
        ex_ts as end_ts,
        market_data.product(array_agg(value) over (partition by symbol order by ex_ts desc)) as later_splits
    from splits
),

adjusted as (
    select
        bars.symbol,
        bars.ts,
        bars.open / coalesce(segments.later_splits, 1) as open,
        bars.high / coalesce(segments.later_splits, 1) as high,
        bars.low / coalesce(segments.later_splits, 1) as low,
        bars.close / coalesce(segments.later_splits, 1) as close,
        bars.volume * coalesce(segments.later_splits, 1) as volume
    from market_data.ohlcv as bars
    inner join changed_inputs as changed on bars.symbol = changed.symbol
    left join segments
        on
            bars.price_basis = 'raw'
            and bars.symbol = segments.symbol
            and bars.ts >= segments.first_ts
            and bars.ts < segments.end_ts
    where bars.timeframe = '1d'
)

select
    adjusted.*,
    held.symbol is null as is_new
from adjusted
left join market_data.split_adjusted_bars as held on adjusted.symbol = held.symbol and adjusted.ts = held.ts
where
    held.symbol is null
    or (adjusted.open, adjusted.high, adjusted.low, adjusted.close, adjusted.volume)
    is distinct from (held.open, held.high, held.low, held.close, held.volume)
