-- One row per scenario and symbol of an as-of date; a scenario that is ready and has no path keeps a row without one.
select
    definitions.scenario_name,
    definitions.scenario_family,
    paths.symbol,
    cardinality(definitions.sessions) as sessions,
    cardinality(paths.close) as bars,
    closes.missing_closes,
    lives.first_bar,
    lives.last_bar,
    closes.lowest_close,
    definitions.sessions[1] as first_session,
    definitions.sessions[cardinality(definitions.sessions)] as last_session,
    definitions.as_of,
    definitions.scenario_type in ('bootstrap', 'monte_carlo', 'stress') as is_synthetic,
    coalesce(instruments.is_tradable, true) as is_tradable,
    multipliers.misdated_multipliers,
    multipliers.lowest_multiplier,
    coalesce(checks.failed_checks, 0) as failed_checks
from scenarios.definitions
left join scenarios.paths
    on definitions.as_of = paths.as_of and definitions.scenario_name = paths.scenario_name
left join market_data.instruments on paths.symbol = instruments.symbol
left join lateral (
    select
        count(*) filter (where close.price is null) as missing_closes,
        min(close.price) as lowest_close
    from unnest(paths.close) as close (price)
) as closes on paths.symbol is not null
-- only in the full history may a symbol begin late and end early
left join lateral (
    select
        min(close.bar) as first_bar,
        max(close.bar) as last_bar
    from unnest(paths.close) with ordinality as close (price, bar)
    where definitions.scenario_type = 'full_history' and close.price is not null
) as lives on true
left join lateral (
    select
        count(*) filter (
            where cardinality(series.multipliers) <> cardinality(definitions.sessions)
        ) as misdated_multipliers,
        min((select min(multiplier.value) from unnest(series.multipliers) as multiplier (value))) as lowest_multiplier
    from (values (definitions.commission_multiplier), (definitions.spread_multiplier)) as series (multipliers)
) as multipliers on true
left join lateral (
    select count(*) filter (where validations.status = 'FAIL') as failed_checks
    from scenarios.validations
    where validations.as_of = definitions.as_of and validations.scenario_name = definitions.scenario_name
) as checks on true
where definitions.as_of = %(as_of)s and definitions.status = 'ready' and definitions.is_active
order by definitions.scenario_name, paths.symbol
