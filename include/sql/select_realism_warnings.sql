-- One row per family whose realism card of an as-of date has moments that do not fit; family set is all scenarios.
select
    realism.scenario_family,
    string_agg(realism.moment, ', ' order by realism.moment) as moments
from scenarios.realism
where realism.as_of = %(as_of)s and realism.status <> 'PASS'
group by realism.scenario_family
order by realism.scenario_family
