drop view market_data.index_members;
