-- The staged observations that are new or differ from what is held, compared exactly; no release date is a value too.
create temporary table changed_macro on commit drop as
select
    staged.*,
    held.series_id is null as is_new
from staged_macro as staged
left join economic_data.releases as held
    on
        staged.series_id = held.series_id
        and staged.observation_date = held.observation_date
        and staged.released_on is not distinct from held.released_on
where
    held.series_id is null
    or (staged.value, staged.source) is distinct from (held.value, held.source)
