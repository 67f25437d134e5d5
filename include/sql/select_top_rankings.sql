-- The best strategies of one as-of date.
select
    strategy_rankings.overall_rank,
    strategy_rankings.strategy_name,
    strategy_rankings.strategy_category,
    strategy_rankings.verdict,
    strategy_rankings.avg_score,
    strategy_rankings.avg_return,
    strategy_rankings.avg_sharpe,
    strategy_rankings.survival_share,
    strategy_rankings.scenarios_tested,
    max(strategy_rankings.scenarios_tested) over () as scenarios_run
from assessment.strategy_rankings
where strategy_rankings.run_date = %(run_date)s
order by strategy_rankings.overall_rank
limit %(limit)s
