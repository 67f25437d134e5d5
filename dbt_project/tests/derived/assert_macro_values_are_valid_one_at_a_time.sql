-- Two values of one observation that are both the newest on a day would leave the choice between them to chance.
with

dated_values as (
    select * from {{ ref('int_macro_values_dated') }}
),

values_with_next as (
    select
        series_id,
        observation_date,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by series_id, observation_date order by valid_from) as next_valid_from
    from dated_values
)

select *
from values_with_next
where
    valid_to <= valid_from
    or (next_valid_from is not null and (valid_to is null or valid_to > next_valid_from))
