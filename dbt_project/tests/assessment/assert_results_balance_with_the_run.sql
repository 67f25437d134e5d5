-- Nothing is lost or doubled on the way: results stored, results in the mart, and the cells the run says it made. And
-- there are some: a ranking of nothing would leave an earlier build of the same date standing and look well.
with

stored as (
    select
        count(*) as results,
        count(*) filter (where kind <> 'portfolio') as cells
    from {{ ref('stg_backtest__results') }}
    where as_of = {{ as_of() }}
),

published as (
    select count(*) as results
    from {{ ref('backtest_results') }}
    where run_date = {{ as_of() }}
),

run as (
    select max(cells_tested) as cells
    from {{ ref('stg_backtest__runs') }}
    where as_of = {{ as_of() }}
)

select
    stored.results as results_stored,
    published.results as results_published,
    stored.cells as cells_stored,
    run.cells as cells_of_the_run
from stored
cross join published
cross join run
where
    stored.results = 0
    or stored.results <> published.results
    or stored.cells is distinct from run.cells
