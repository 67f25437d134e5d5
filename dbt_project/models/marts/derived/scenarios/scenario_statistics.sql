-- Kept as long as the paths that they are of: those of old as-of dates are deleted, and may be generated again.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of',
        post_hook="delete from {{ this }} where as_of not in (select as_of from {{ ref('stg_scenarios__paths') }})",
    )
}}

with

definitions as (
    select * from {{ ref('stg_scenarios__definitions') }}
),

{% if is_incremental() -%}
scenarios_with_paths as (
    select distinct
        definitions.as_of,
        definitions.scenario_name,
        definitions.generated_at
    from definitions
    inner join {{ ref('stg_scenarios__paths') }} as stg_paths
        on
            definitions.as_of = stg_paths.as_of
            and definitions.scenario_name = stg_paths.scenario_name
),

scenarios_built as (
    select distinct
        as_of,
        scenario_name,
        generated_at
    from {{ this }}
),

-- the run's own, and those of which a scenario has been made, made again or taken away since
dates_to_build as (
    select {{ as_of() }} as as_of
    union
    select coalesce(scenarios_with_paths.as_of, scenarios_built.as_of) as as_of
    from scenarios_with_paths
    full join scenarios_built
        on
            scenarios_with_paths.as_of = scenarios_built.as_of
            and scenarios_with_paths.scenario_name = scenarios_built.scenario_name
            and scenarios_with_paths.generated_at = scenarios_built.generated_at
    where scenarios_with_paths.as_of is null or scenarios_built.as_of is null
),

{% endif -%}
-- materialised, here and below: inlined into the lateral join, it would be worked out again for every bar of a path
paths as materialized (
    select
        stg_paths.as_of,
        stg_paths.scenario_name,
        stg_paths.symbol,
        cardinality(stg_paths.close_prices) as bars,
        array_remove(stg_paths.close_prices, null)::double precision[] as closes
    from {{ ref('stg_scenarios__paths') }} as stg_paths
    {% if is_incremental() -%}
    where stg_paths.as_of in (select dates_to_build.as_of from dates_to_build)
    {%- endif %}
),

paths_with_growth as (
    select
        *,
        cardinality(closes) as sessions,
        case when closes[1] > 0 then closes[cardinality(closes)] / closes[1] end as growth
    from paths
),

-- moments are summed about the geometric mean return: it is known beforehand, and so near to the arithmetic one that
-- nothing cancels
paths_with_centre as materialized (
    select
        *,
        case when sessions > 1 and growth > 0 then power(growth, 1.0 / (sessions - 1)) - 1 else 0 end as centre
    from paths_with_growth
),

paths_with_moments as (
    select
        paths_with_centre.*,
        moments.*
    from paths_with_centre
    cross join lateral ( -- noqa: ST05
        -- one path at a time comes in order; all bars at once would have to be sorted
        with

        returns as (
            select
                case
                    when lag(bar.close) over by_bar > 0
                        then bar.close / lag(bar.close) over by_bar - 1 - paths_with_centre.centre
                end as centred,
                case when max(bar.close) over by_bar > 0 then bar.close / max(bar.close) over by_bar - 1 end as drawdown
            from unnest(paths_with_centre.closes) with ordinality as bar (close, bar_number)
            window by_bar as (order by bar.bar_number rows unbounded preceding)
        )

        select
            count(centred) as returns,
            min(centred) as least,
            max(centred) as greatest,
            min(drawdown) as max_drawdown,
            avg(centred) as mean,
            stddev_pop(centred) as deviation,
            avg(centred * centred) as mean_square,
            avg(centred * centred * centred) as mean_cube,
            avg(centred * centred * centred * centred) as mean_fourth_power
        from returns
    ) as moments
),

annualised as (
    select
        *,
        -- returns are ratios minus one, exact to about 2e-16: a smaller deviation is rounding and counts as none
        case when returns >= 2 and deviation >= 1e-14 then deviation end as positive_deviation,
        case when returns >= 2 then (centre + mean) * 252 end as annualized_mean_return,
        deviation * sqrt(252 * returns / nullif(returns - 1, 0)::double precision) as annualized_volatility,
        mean_cube - 3 * mean * mean_square + 2 * mean ^ 3 as third_moment,
        mean_fourth_power - 4 * mean * mean_cube + 6 * mean ^ 2 * mean_square - 3 * mean ^ 4 as fourth_moment
    from paths_with_moments
),

statistics as (
    select
        annualised.scenario_name,
        definitions.scenario_family,
        annualised.symbol,
        annualised.sessions,
        annualised.bars - annualised.sessions as sessions_missing,
        annualised.growth - 1 as total_return,
        annualised.annualized_mean_return,
        annualised.annualized_volatility,
        annualised.annualized_mean_return
        / case when annualised.positive_deviation > 0 then annualised.annualized_volatility end as sharpe_ratio,
        annualised.max_drawdown,
        annualised.centre + annualised.least as worst_day,
        annualised.centre + annualised.greatest as best_day,
        annualised.third_moment / annualised.positive_deviation ^ 3 as skew,
        annualised.fourth_moment / annualised.positive_deviation ^ 4 - 3 as excess_kurtosis,
        '{{ code_hash() if execute }}' as definition_hash,
        annualised.as_of,
        definitions.generated_at
    from annualised
    inner join definitions
        on
            annualised.as_of = definitions.as_of
            and annualised.scenario_name = definitions.scenario_name
)

select * from statistics
