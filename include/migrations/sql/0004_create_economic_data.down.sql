drop table economic_data.releases;
drop table economic_data.indicators;
