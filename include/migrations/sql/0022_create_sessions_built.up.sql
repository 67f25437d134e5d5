-- Why: incremental models add the sessions that are new, and rebuild a symbol whose past is not what they were built from.
-- Lock: none on existing data. Undo: 0022_create_sessions_built.down.sql; the next dbt build then starts from nothing.
create table intermediate.sessions_built (
    model text not null,
    symbol text not null,
    last_session date not null,
    fingerprint text not null,
    code_hash text not null,
    constraint sessions_built_pkey primary key (model, symbol)
);
comment on table intermediate.sessions_built is 'One row per incremental dbt model and symbol: what its rows were built from, written in their transaction.';
comment on column intermediate.sessions_built.model is 'Schema and name of the model.';
comment on column intermediate.sessions_built.last_session is 'Last session that was there to build from.';
comment on column intermediate.sessions_built.fingerprint is 'Of all that the rows up to last_session follow from; another one now: rebuild the symbol.';
comment on column intermediate.sessions_built.code_hash is 'Of the definitions of the model and of what it reads; another one now: rebuild the model.';
