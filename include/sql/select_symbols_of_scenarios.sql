-- every symbol that is in at least one of these scenarios
select distinct symbol
from scenarios.symbols
where
    as_of = %(as_of)s
    and scenario_name = any(%(names)s)
    and is_included
order by symbol
