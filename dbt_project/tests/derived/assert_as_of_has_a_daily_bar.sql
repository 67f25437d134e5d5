-- A build for a day without bars would leave yesterday's marts standing and look well: the date is mistyped, or nothing
-- was landed for it.
select {{ as_of() }} as as_of_without_bars
where
    not exists (
        select 1
        from {{ ref('int_as_of_dates_recorded') }}
        where as_of = {{ as_of() }}
    )
