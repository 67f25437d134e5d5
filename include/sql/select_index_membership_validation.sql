-- One row per spell that began by the slice's end, with the members of the index on the day it began.
select
    spells.index_name,
    spells.ticker,
    spells.symbol,
    spells.valid_from,
    spells.valid_to,
    days.members as members_from_then_on
from market_data.index_membership as spells
inner join (
    select
        begun.index_name,
        begun.valid_from,
        count(*) as members
    from (select distinct index_name, valid_from from market_data.index_membership) as begun
    inner join market_data.index_membership as held
        on
            begun.index_name = held.index_name
            and begun.valid_from >= held.valid_from
            and (held.valid_to is null or held.valid_to > begun.valid_from)
    group by begun.index_name, begun.valid_from
) as days
    on spells.index_name = days.index_name and spells.valid_from = days.valid_from
where spells.valid_from <= %(end)s
order by spells.index_name, spells.ticker, spells.valid_from
