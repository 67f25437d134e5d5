-- One row per observation, revisions left out: the series' position in the list, and days since 1970-01-01.
copy (
    select distinct
        (wanted.position - 1)::integer as series,
        (releases.observation_date - date '1970-01-01')::integer as day
    from unnest(%(series_ids)s::text[]) with ordinality as wanted (series_id, position)
    inner join economic_data.releases on wanted.series_id = releases.series_id
    order by series, day
) to stdout (format binary)
