create temporary table staged_actions (
    symbol text not null,
    action_type text not null,
    ex_date date not null,
    value double precision not null,
    source text not null
)
