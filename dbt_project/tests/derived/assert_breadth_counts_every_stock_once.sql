-- A stock with a return advances, declines or stays, and each such return is counted in its session.
with

returns as (
    select
        daily_returns.session_date,
        count(daily_returns.simple_return) as instruments
    from {{ ref('daily_returns') }} as daily_returns
    inner join {{ ref('stg_market_data__instruments') }} as instruments
        on daily_returns.symbol = instruments.symbol
    where instruments.asset_class = 'stock' and instruments.is_tradable
    group by daily_returns.session_date
)

select
    returns.session_date as session_of_returns,
    breadth.session_date as session_of_breadth,
    returns.instruments as returns,
    breadth.instruments,
    breadth.advancing + breadth.declining + breadth.unchanged as moves
from returns
full join {{ ref('market_breadth') }} as breadth on returns.session_date = breadth.session_date
where
    returns.instruments is distinct from breadth.instruments
    or breadth.instruments <> breadth.advancing + breadth.declining + breadth.unchanged
