-- Strategies, scenarios and cells with results of an as-of date; portfolios are no cells.
select
    count(distinct strategy_name) as strategies,
    count(distinct scenario_name) as scenarios,
    count(*) filter (where kind <> 'portfolio') as cells
from backtest.results
where as_of = %(as_of)s
