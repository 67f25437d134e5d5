-- Why: a symbol can be a leg of several groups of one strategy, each with its own weight.
-- Lock: access exclusive on strategies.signals while its key is built, seconds. Undo: 0018_add_signal_groups.down.sql.
alter table strategies.signals
add column group_name text not null default '',
drop constraint signals_pkey,
add constraint signals_pkey primary key (as_of, strategy_name, group_name, symbol);
comment on table strategies.signals is 'One row per as-of date, strategy, group and symbol: the weight wanted after that session''s close.';
comment on column strategies.signals.group_name is 'The group of legs, or PANEL; empty where each symbol stands alone.';
