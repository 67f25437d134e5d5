-- One row per spell that began by the slice's end, with the members of the index on the day it began.
with beginnings as (
    select distinct
        index_name,
        valid_from
    from market_data.index_membership
    where valid_from <= %(end)s
),

members as (
    select
        beginnings.index_name,
        beginnings.valid_from,
        count(*) as members
    from beginnings
    inner join market_data.index_membership as held
        on
            beginnings.index_name = held.index_name
            and beginnings.valid_from >= held.valid_from
            and (held.valid_to is null or beginnings.valid_from < held.valid_to)
    group by beginnings.index_name, beginnings.valid_from
)

select
    spells.index_name,
    spells.ticker,
    spells.symbol,
    spells.valid_from,
    spells.valid_to,
    members.members as members_from_then_on
from market_data.index_membership as spells
inner join members on spells.index_name = members.index_name and spells.valid_from = members.valid_from
order by spells.index_name, spells.ticker, spells.valid_from
