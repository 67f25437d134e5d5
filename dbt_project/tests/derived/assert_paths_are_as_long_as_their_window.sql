-- A path with more or fewer elements than its definition has sessions would be dated wrongly from the gap on.
select
    paths.scenario_name,
    paths.symbol,
    cardinality(paths.close_prices) as closes,
    cardinality(definitions.sessions) as sessions
from {{ ref('stg_scenarios__paths') }} as paths
inner join {{ ref('stg_scenarios__definitions') }} as definitions
    on
        paths.as_of = definitions.as_of
        and paths.scenario_name = definitions.scenario_name
where
    paths.as_of = {{ as_of() }}
    and cardinality(paths.close_prices) <> cardinality(definitions.sessions)
