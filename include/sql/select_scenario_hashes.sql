-- what is stored of an as-of date, to tell what must be made again
select
    scenario_name,
    scenario_type,
    scenario_family,
    reason,
    is_active,
    input_hash,
    code_hash
from scenarios.definitions
where as_of = %(as_of)s
order by scenario_name
