-- The staged corporate actions that are new or differ from what is held, compared exactly.
create temporary table changed_actions on commit drop as
select
    staged.*,
    held.symbol is null as is_new
from staged_actions as staged
left join market_data.corporate_actions as held
    on staged.symbol = held.symbol and staged.action_type = held.action_type and staged.ex_date = held.ex_date
where
    held.symbol is null
    or (staged.value, staged.source) is distinct from (held.value, held.source)
