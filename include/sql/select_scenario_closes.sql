-- one row per symbol; the "C" order is that of sorted() in Python, whatever the database's collation
select
    symbol,
    close
from scenarios.paths
where as_of = %(as_of)s and scenario_name = %(name)s
order by symbol collate "C"
