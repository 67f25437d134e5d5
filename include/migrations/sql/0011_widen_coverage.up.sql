-- Why: coverage and gaps of macro series beside those of bars, in the same two tables, so that one question has one
-- answer; hourly bars have the timeframe for it. Instruments without any bar have no coverage: a view lists them.
-- Lock: exclusive on quality.coverage and quality.gaps, for an instant. Undo: 0011_widen_coverage.down.sql.
alter table quality.coverage
add column kind text not null default 'bars' constraint coverage_kind_known check (kind in ('bars', 'macro')),
drop constraint coverage_instrument_exists,
drop constraint coverage_pkey,
add constraint coverage_pkey primary key (kind, symbol, timeframe);
comment on table quality.coverage is 'One row per symbol or macro series and timeframe: sessions or periods held between its first and last.';
comment on column quality.coverage.kind is 'bars of an instrument, or observations of a macro series. tetra.data.coverage removes what is neither.';
comment on column quality.coverage.symbol is 'Of the instrument, or the series id.';
comment on column quality.coverage.timeframe is '1d or 1h; of a macro series its frequency (daily, weekly, monthly, quarterly).';
comment on column quality.coverage.first_session is 'Of a macro series the first day of the first period observed.';
comment on column quality.coverage.sessions_expected is 'Sessions of the exchange calendar from first_session to last_session, of a macro series the periods.';
comment on column quality.coverage.sessions_held is 'Those with a bar (of hourly bars: at least one), of a macro series with an observation.';

alter table quality.gaps
add column kind text not null default 'bars' constraint gaps_kind_known check (kind in ('bars', 'macro')),
drop constraint gaps_instrument_exists,
drop constraint gaps_pkey,
add constraint gaps_pkey primary key (kind, symbol, timeframe, gap_start);
comment on table quality.gaps is 'One row per run of missing sessions, or periods, inside the history of a symbol or macro series.';
comment on column quality.gaps.kind is 'As quality.coverage has it; so symbol and timeframe.';
comment on column quality.gaps.gap_start is 'First session without a bar; of a macro series the first day of the period.';
comment on column quality.gaps.sessions_missing is 'Sessions, of a macro series periods, from gap_start to gap_end.';

create view quality.instruments_without_bars as
select
    instruments.symbol,
    instruments.name,
    instruments.asset_class,
    instruments.exchange,
    instruments.groups,
    instruments.is_tradable,
    instruments.delisted_on
from market_data.instruments
where
    instruments.is_active
    and not exists (
        select 1
        from market_data.ohlcv as bars
        where bars.symbol = instruments.symbol and bars.timeframe = '1d'
    );
comment on view quality.instruments_without_bars is
'One row per instrument of universe.yaml that has no daily bar: no source has had any yet.';
