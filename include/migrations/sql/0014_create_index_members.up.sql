-- Why: survivorship is shown: who was in an index when, and whose prices are held.
-- Lock: none. Undo: 0014_create_index_members.down.sql.
create view market_data.index_members as
select
    spells.index_name,
    spells.ticker,
    spells.symbol,
    spells.valid_from,
    spells.valid_to,
    held.first_session,
    held.last_session,
    held.symbol is not null as has_prices
from market_data.index_membership as spells
left join quality.coverage as held
    on spells.symbol = held.symbol and held.kind = 'bars' and held.timeframe = '1d';
comment on view market_data.index_members is 'One row per index, ticker and unbroken time in it; has_prices says whether any daily bar is held. Members on a day: valid_from <= day and (valid_to is null or day < valid_to).';
