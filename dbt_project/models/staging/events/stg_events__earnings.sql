with

source as (
    select * from {{ source('events', 'earnings') }}
),

renamed as (
    select
        symbol,
        announcement_time,
        source as source_name,
        eps_reported,
        eps_estimate,
        announced_quarter as announcement_quarter,
        announced_on as announcement_date,
        ingested_at
    from source
)

select * from renamed
