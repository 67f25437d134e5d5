delete from quality.coverage
where timeframe = '1d' and symbol <> all(%(symbols)s::text[])
