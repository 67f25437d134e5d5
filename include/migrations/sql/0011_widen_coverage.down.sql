drop view quality.instruments_without_bars;

delete from quality.gaps
where kind <> 'bars' or symbol not in (select instruments.symbol from market_data.instruments);
alter table quality.gaps
drop constraint gaps_pkey,
drop column kind,
add constraint gaps_pkey primary key (symbol, timeframe, gap_start),
add constraint gaps_instrument_exists foreign key (symbol) references market_data.instruments (symbol);
comment on table quality.gaps is 'One row per run of missing sessions inside a symbol''s history.';
comment on column quality.gaps.gap_start is null;
comment on column quality.gaps.sessions_missing is null;

delete from quality.coverage
where kind <> 'bars' or symbol not in (select instruments.symbol from market_data.instruments);
alter table quality.coverage
drop constraint coverage_pkey,
drop column kind,
add constraint coverage_pkey primary key (symbol, timeframe),
add constraint coverage_instrument_exists foreign key (symbol) references market_data.instruments (symbol);
comment on table quality.coverage is 'One row per symbol and timeframe: sessions held between its first and last bar.';
comment on column quality.coverage.symbol is null;
comment on column quality.coverage.timeframe is null;
comment on column quality.coverage.first_session is null;
comment on column quality.coverage.sessions_expected is 'Sessions of the exchange calendar from first_session to last_session.';
comment on column quality.coverage.sessions_held is null;
