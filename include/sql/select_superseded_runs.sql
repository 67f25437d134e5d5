-- Runs whose cells go: all but the newest, and never the one in use.
select as_of from backtest.runs
where as_of <> %(in_use)s
order by as_of desc
offset %(others_kept)s
