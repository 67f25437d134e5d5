-- One row per scenario of an as-of date, with how many symbols are in.
select
    definitions.scenario_name,
    definitions.scenario_type,
    definitions.scenario_family,
    definitions.status,
    definitions.reason,
    definitions.start_date,
    definitions.end_date,
    definitions.sessions,
    definitions.expected_return,
    definitions.volatility_multiplier,
    definitions.parameters,
    definitions.key_events,
    definitions.affected_symbols,
    count(symbols.symbol) filter (where symbols.is_included) as symbols
from scenarios.definitions
left join scenarios.symbols
    on definitions.as_of = symbols.as_of and definitions.scenario_name = symbols.scenario_name
where definitions.as_of = %(as_of)s and definitions.is_active
group by definitions.as_of, definitions.scenario_name
order by definitions.scenario_type, definitions.scenario_name
