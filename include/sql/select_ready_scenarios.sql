-- scenarios with paths and their sizes; bars include the warm-up
select
    definitions.scenario_name,
    definitions.scenario_family,
    count(*)::int as series,
    (cardinality(definitions.sessions) + (definitions.parameters ->> 'warmup_bars')::int) as bars
from scenarios.definitions
inner join scenarios.symbols
    on
        definitions.as_of = symbols.as_of
        and definitions.scenario_name = symbols.scenario_name
        and symbols.is_included
where
    definitions.as_of = %(as_of)s
    and definitions.status = 'ready'
    and definitions.is_active
group by definitions.as_of, definitions.scenario_name
order by definitions.scenario_name
