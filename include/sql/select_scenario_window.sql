-- what a panel needs of a scenario beside its paths
select
    scenario_family,
    sessions,
    warmup_start,
    warmup_end,
    commission_multiplier,
    spread_multiplier
from scenarios.definitions
where as_of = %(as_of)s and scenario_name = %(name)s and status = 'ready' and is_active
