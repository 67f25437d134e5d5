with

source as (
    select * from {{ source('scenarios', 'realism') }}
),

renamed as (
    select
        scenario_family,
        moment,
        status,
        source_value,
        observed as observed_value,
        lower_bound,
        upper_bound,
        as_of
    from source
)

select * from renamed
