with

-- a bar without volume is no bar of this indicator: its series runs over the symbol's other ones
bars as (
    select * from {{ ref('int_bars_adjusted_for_actions') }}
    where adjusted_volume is not null
),

bars_with_previous_close as (
    select
        symbol,
        adjusted_close,
        adjusted_volume,
        lag(adjusted_close) over (partition by symbol order by session_date) as previous_close,
        session_date
    from bars
),

-- the volume of the first bar is where the balance starts
balanced as (
    select
        symbol,
        sum(coalesce(sign(adjusted_close - previous_close), 1) * adjusted_volume)
            over (partition by symbol order by session_date rows unbounded preceding) as obv,
        session_date
    from bars_with_previous_close
)

-- the order that the windows left it in, so that whoever reads it need not sort it
select * from balanced
order by symbol, session_date
