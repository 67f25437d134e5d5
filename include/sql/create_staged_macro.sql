create temporary table staged_macro (
    series_id text not null,
    observation_date date not null,
    released_on date,
    value double precision not null,
    source text not null
)
