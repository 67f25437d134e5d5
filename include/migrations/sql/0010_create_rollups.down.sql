-- a continuous aggregate is dropped by the same words as a materialized view
drop materialized view market_data.daily_bars_from_hourly;
drop materialized view market_data.monthly_bars;
drop materialized view market_data.weekly_bars;
drop function market_data.ensure_rollups();
drop procedure timescale.refresh_rollup(text);
drop function timescale.ensure_rollup(text, regclass, text, text, name, text, text);
drop function timescale.rollup_kind(text);
drop function timescale.apply_compression(regclass, text, text, interval);
drop table market_data.rollup_refreshes;
drop table market_data.split_adjustments;
drop table market_data.split_adjusted_bars;
drop function market_data.product(double precision[]);
