-- Why: each family of synthetic scenarios has a realism card: its moments beside its source's, and whether they fit.
-- Lock: none on existing data. Undo: 0013_create_realism.down.sql.
create table scenarios.realism (
    as_of date not null,
    scenario_family text not null,
    moment text not null,
    status text not null constraint realism_status_known check (status in ('PASS', 'WARN')),
    source_value double precision,
    observed double precision,
    lower_bound double precision,
    upper_bound double precision,
    input_hash text not null,
    constraint realism_pkey primary key (as_of, scenario_family, moment)
);
comment on table scenarios.realism is 'One row per as-of date, family of scenarios and moment compared with its source; family set: the scenarios of the date together.';
comment on column scenarios.realism.source_value is 'Of the days that the paths were made from; null where there is none to compare with.';
comment on column scenarios.realism.lower_bound is 'Of what counts as realistic; null where the moment is only reported.';
comment on column scenarios.realism.input_hash is 'Hash of the scenarios judged; unchanged means that the card still holds.';
