with

moments as (
    select * from {{ ref('stg_scenarios__realism') }}
),

marked as (
    select
        scenario_family,
        moment,
        status,
        source_value,
        observed_value,
        lower_bound,
        upper_bound,
        lower_bound is not null or upper_bound is not null as is_judged,
        as_of
    from moments
)

select * from marked
