-- A card says WARN exactly where a bounded moment lies outside; an undefined value or bound fits nothing.
with

moments as (
    select
        scenario_family,
        moment,
        status,
        observed_value,
        lower_bound,
        upper_bound,
        coalesce(
            (lower_bound is null or (lower_bound < 'NaN' and observed_value >= lower_bound))
            and (upper_bound is null or (upper_bound < 'NaN' and observed_value <= upper_bound)),
            false
        ) as is_within
    from {{ ref('scenario_realism') }}
    where as_of = {{ as_of() }}
)

select *
from moments
where (status = 'PASS') <> is_within
