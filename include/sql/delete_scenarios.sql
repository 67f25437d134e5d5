-- symbols, paths and validations go with their definition
delete from scenarios.definitions
where as_of = %(as_of)s and scenario_name = any(%(names)s)
returning scenario_name
