-- deactivate_old_scenarios
-- all but the newest as-of dates that have active scenarios, and the one in use, however old
update scenarios.definitions
set is_active = false
where
    is_active
    and as_of <> %(in_use)s
    and as_of < (
        select min(newest.as_of)
        from (
            select distinct as_of
            from scenarios.definitions
            where is_active
            order by as_of desc
            limit %(keep)s
        ) as newest
    )
returning as_of
