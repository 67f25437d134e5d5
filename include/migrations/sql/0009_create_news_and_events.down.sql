drop table news.sentiment;
drop table news.mentions;
drop table news.articles;
drop view events.splits;
drop view events.dividends;
drop table events.security_events;
drop table events.geopolitical_events;
drop table events.economic_events;
drop table events.earnings;
drop table market_data.index_membership;
comment on column market_data.ohlcv.symbol is null;
alter table market_data.ohlcv
add constraint ohlcv_instrument_exists foreign key (symbol) references market_data.instruments (symbol);
alter table market_data.instruments drop column former_tickers, drop column delisted_on;
