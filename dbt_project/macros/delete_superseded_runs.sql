{% macro delete_superseded_runs(kept) -%}
    {#- the as-of date just built stays even when five newer ones exist: the rankings of the same build read it -#}
    delete from {{ this }}
    where
        run_date <> {{ as_of() }}
        and run_date not in (
            select runs.run_date
            from (select distinct run_date from {{ this }}) as runs
            order by runs.run_date desc
            limit {{ kept }}
        )
{%- endmacro %}
