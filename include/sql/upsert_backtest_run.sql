-- What the results of an as-of date were made with.
insert into backtest.runs (
    as_of,
    seed,
    config_hash,
    code_hash,
    commission_bps,
    half_spread_bps,
    strategies_tested,
    scenarios_tested,
    cells
)
values (
    %(as_of)s,
    %(seed)s,
    %(config_hash)s,
    %(code_hash)s,
    %(commission_bps)s,
    %(half_spread_bps)s,
    %(strategies_tested)s,
    %(scenarios_tested)s,
    %(cells)s
)
on conflict (as_of) do update set
    seed = excluded.seed,
    config_hash = excluded.config_hash,
    code_hash = excluded.code_hash,
    commission_bps = excluded.commission_bps,
    half_spread_bps = excluded.half_spread_bps,
    strategies_tested = excluded.strategies_tested,
    scenarios_tested = excluded.scenarios_tested,
    cells = excluded.cells
