-- The previous close grown by its return is the close; where both returns exist they say the same.
with

returns_with_previous_close as (
    select
        symbol,
        session_date,
        adjusted_close,
        simple_return,
        log_return,
        lag(adjusted_close) over (partition by symbol order by session_date) as previous_close
    from {{ ref('daily_returns') }}
)

select
    symbol,
    session_date,
    adjusted_close,
    previous_close,
    simple_return,
    log_return
from returns_with_previous_close
where
    abs(previous_close * (1 + simple_return) - adjusted_close) > 1e-9 * greatest(abs(adjusted_close), previous_close)
    or abs(exp(log_return) - 1 - simple_return) > 1e-9 * greatest(abs(simple_return), 1)
