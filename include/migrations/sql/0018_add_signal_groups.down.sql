-- a symbol in several groups has no place in the narrower key
delete from strategies.signals
where group_name <> '';
alter table strategies.signals
drop constraint signals_pkey,
drop column group_name,
add constraint signals_pkey primary key (as_of, strategy_name, symbol);
comment on table strategies.signals is 'One row per as-of date, strategy and symbol: the weight wanted after that session''s close.';
