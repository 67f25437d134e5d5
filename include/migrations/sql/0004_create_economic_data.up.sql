-- Why: the landing tables for macro series.
-- Lock: none on existing data. Undo: 0004_create_economic_data.down.sql.
create table economic_data.indicators (
    series_id text constraint indicators_pkey primary key,
    name text not null,
    unit text not null,
    frequency text not null constraint indicators_frequency_known check (frequency in ('daily', 'weekly', 'monthly', 'quarterly')),
    is_active boolean not null default true
);
comment on table economic_data.indicators is 'One row per macro series.';
comment on column economic_data.indicators.series_id is 'FRED''s series id where FRED carries it.';

create table economic_data.releases (
    series_id text not null constraint releases_indicator_exists references economic_data.indicators (series_id),
    observation_date date not null,
    released_on date,
    value double precision not null,
    source text not null,
    ingested_at timestamptz not null default now(),
    constraint releases_key unique nulls not distinct (series_id, observation_date, released_on)
);
comment on table economic_data.releases is 'One row per series, observation and release of it.';
comment on column economic_data.releases.observation_date is 'First day of the period the value describes.';
comment on column economic_data.releases.released_on is 'Day the value became public; null where the source does not say.';
