"""Is it luck? Statistics on the daily returns of strategies' portfolios: arrays in, numbers out.

Per family of strategies assessed together, in this order (``family`` does the last four):

1. ``observations`` says who can be tested at all: enough sessions, weights that change, returns that vary.
2. ``timing_returns`` takes from each strategy's returns the exposure it held on average. All tests are on these.
3. ``null_twins`` asks of each strategy alone whether its weights, laid over shuffled dates, do as well;
   ``held_weights`` takes an engine's account apart for it.
4. ``effective_trials`` counts how many different things were tried, ``sharpe`` what the best of them gives by chance.
5. ``predictive_ability`` asks of all together whose mean is above zero, with the family-wise error controlled.
6. ``overfitting`` and ``rank_intervals`` say how much of a ranking would repeat: on other halves, on resampled dates.
7. ``verdict`` is the one place where a strategy is called skill or luck, and why so.

``candidates`` makes what is judged of strategies and the full history, ``runner`` ties it to storage. ``calibration``
measures on strategies of pure noise, and on oracles, how often the verdict is right; include/docs/luck.md tells it all.

Returns are simple, per session, as fractions, oldest first: shape (n_days, n_strategies). Weights and returns of
instruments keep the engine's shape (n_rows, n_days). Where a number has no meaning it is NaN, and ``family`` gives the
reason; too few observations give a reason and no number. Randomness is an argument everywhere.
"""
