select
    count(*) filter (where changed.is_new) as inserted,
    count(*) filter (where not changed.is_new) as updated
from changed_actions as changed
