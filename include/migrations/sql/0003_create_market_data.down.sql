drop table market_data.corporate_actions;
drop table market_data.ohlcv;
drop table market_data.instruments;
drop table market_data.exchanges;
