-- Each strategy's walk through a scenario: the parameters chosen, by fold, and the out-of-sample path.
with chosen as (
    select
        strategy_name,
        array_agg(parameters order by fold) as by_fold
    from backtest.walk_forward_folds
    where as_of = %(as_of)s and scenario_name = %(scenario)s and sample = 'out_of_sample'
    group by strategy_name
),

paths as (
    select
        strategy_name,
        sessions,
        returns
    from backtest.walk_forward_paths
    where as_of = %(as_of)s and scenario_name = %(scenario)s
)

select
    paths.strategy_name,
    chosen.by_fold,
    paths.sessions,
    paths.returns
from paths
inner join chosen on paths.strategy_name = chosen.strategy_name
