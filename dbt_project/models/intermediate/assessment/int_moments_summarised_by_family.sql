with

moments as (
    select * from {{ ref('stg_scenarios__realism') }}
),

summarised as (
    select
        as_of,
        scenario_family,
        count(*) as moments_compared,
        count(*) filter (where status <> 'PASS') as moments_off
    from moments
    group by as_of, scenario_family
)

select * from summarised
