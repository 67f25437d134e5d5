-- What the last blocks of backtests cost: bar steps (series x bars x strategies) and seconds of all of them together.
select
    coalesce(sum(blocks.bar_steps), 0)::double precision as bar_steps,
    coalesce(sum(blocks.seconds), 0)::double precision as seconds
from (
    select
        (report ->> 'bar_steps')::double precision as bar_steps,
        (report ->> 'seconds')::double precision as seconds
    from quality.task_reports
    where
        task_id = %(task_id)s
        and report ? 'bar_steps'
        and report ? 'seconds'
    order by reported_at desc
    limit %(count)s
) as blocks
