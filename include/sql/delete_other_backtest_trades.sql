-- What an earlier run of this as-of left for scenarios or strategies that are no longer in the set.
delete from backtest.trades
where
    as_of = %(as_of)s
    and (
        scenario_name <> all(%(scenarios)s)
        or strategy_name <> all(%(strategies)s)
    )
