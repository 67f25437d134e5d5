{{ config(materialized='table') }}

with

actions as (
    select * from {{ ref('stg_market_data__corporate_actions') }}
),

bars as not materialized (
    select * from {{ ref('stg_market_data__bars') }}
    where timeframe = '1d'
),

splits as (
    select
        symbol,
        action_type,
        1 / action_value as price_factor,
        ex_date
    from actions
    where action_type = 'split'
),

-- the latest bar before the ex-date is mostly days away: looked for there first, for a view's rows are read, not its
-- index's end, and all bars before each of 9,000 dividends took 20 seconds
dividends_with_prior_bar as (
    select
        actions.*,
        coalesce(recent.opened_at, earlier.opened_at) as prior_opened_at
    from actions
    cross join
        lateral (
            select max(bars.opened_at) as opened_at
            from bars
            where
                bars.symbol = actions.symbol
                and bars.opened_at < actions.ex_date::timestamp at time zone 'UTC'
                and bars.opened_at >= (actions.ex_date - 30)::timestamp at time zone 'UTC'
        ) as recent
    cross join
        lateral (
            select max(bars.opened_at) as opened_at
            from bars
            where
                recent.opened_at is null
                and bars.symbol = actions.symbol
                and bars.opened_at < actions.ex_date::timestamp at time zone 'UTC'
        ) as earlier
    where actions.action_type = 'dividend'
),

-- a dividend before the first bar has nothing to scale and drops out here
dividends_with_prior_close as (
    select
        dividends_with_prior_bar.symbol,
        dividends_with_prior_bar.action_type,
        dividends_with_prior_bar.action_value,
        bars.price_basis,
        bars.close_price,
        dividends_with_prior_bar.ex_date
    from dividends_with_prior_bar
    inner join bars
        on
            dividends_with_prior_bar.symbol = bars.symbol
            and dividends_with_prior_bar.prior_opened_at = bars.opened_at
),

-- dividends are quoted per share of their ex-date: a raw prior close is in shares before a split of that same day, a
-- split-adjusted one in shares after every split landed, also those after the horizon
dividends_per_quoted_share as (
    select
        dividends_with_prior_close.symbol,
        dividends_with_prior_close.action_type,
        dividends_with_prior_close.price_basis,
        dividends_with_prior_close.close_price,
        dividends_with_prior_close.action_value * case dividends_with_prior_close.price_basis
            when 'raw' then coalesce(split_ratios.of_the_same_day, 1)
            when 'split' then 1 / coalesce(split_ratios.later, 1)
        end as dividend,
        dividends_with_prior_close.ex_date
    from dividends_with_prior_close
    cross join lateral (
        select
            exp(
                sum(-ln(splits.price_factor) order by splits.ex_date)
                filter (where splits.ex_date = dividends_with_prior_close.ex_date)
            ) as of_the_same_day,
            exp(
                sum(-ln(splits.price_factor) order by splits.ex_date)
                filter (where splits.ex_date > dividends_with_prior_close.ex_date)
            ) as later
        from splits
        where splits.symbol = dividends_with_prior_close.symbol
    ) as split_ratios
),

dividends as (
    select
        symbol,
        action_type,
        case
            when price_basis = 'total' then 1
            -- null, which a test refuses, where the dividend is not smaller than the price it was paid from
            when dividend < close_price then 1 - dividend / close_price
        end as price_factor,
        ex_date
    from dividends_per_quoted_share
),

combined as (
    select * from splits
    union all
    select * from dividends
)

select * from combined
