-- Each value shown for a session was published by its close: landed with that release date, or old enough where nobody
-- says, and never replaced by then.
with

as_known as (
    select * from {{ ref('macro_as_known') }}
),

releases as (
    select * from {{ ref('stg_economic_data__releases') }}
),

shown_with_what_was_out as (
    select
        as_known.series_id,
        as_known.session_date,
        as_known.observation_date,
        as_known.release_date,
        max(releases.release_date) filter (where releases.release_date <= as_known.session_date) as last_release_date
    from as_known
    left join releases
        on
            as_known.series_id = releases.series_id
            and as_known.observation_date = releases.observation_date
    group by as_known.series_id, as_known.session_date, as_known.observation_date, as_known.release_date
)

select *
from shown_with_what_was_out
where
    release_date > session_date
    or release_date < observation_date
    or release_date < last_release_date
