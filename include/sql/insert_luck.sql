-- One strategy's luck as of a date.
insert into backtest.luck (
    as_of,
    strategy_name,
    verdict,
    verdict_reason,
    sample,
    sessions,
    timing_sharpe_ratio,
    probabilistic_sharpe_ratio,
    deflated_sharpe_ratio,
    minimum_track_record_length,
    stepwise_p_value,
    null_twin_p_value,
    rank_low,
    rank_high
)
values (
    %(as_of)s,
    %(strategy_name)s,
    %(verdict)s,
    %(verdict_reason)s,
    %(sample)s,
    %(sessions)s,
    %(timing_sharpe_ratio)s,
    %(probabilistic_sharpe_ratio)s,
    %(deflated_sharpe_ratio)s,
    %(minimum_track_record_length)s,
    %(stepwise_p_value)s,
    %(null_twin_p_value)s,
    %(rank_low)s,
    %(rank_high)s
)
