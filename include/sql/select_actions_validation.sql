-- Every corporate action, as bars are judged by it.
select
    symbol,
    ex_date,
    action_type = 'split' as is_split,
    value
from market_data.corporate_actions
order by symbol, ex_date
