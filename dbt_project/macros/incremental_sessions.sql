{#
    Models of grain (symbol, session_date) that add what is new and yet always equal their full refresh. A dividend
    changes the adjusted prices of a symbol's whole past, so each model remembers, in intermediate.sessions_built, what
    every symbol's rows followed from, and starts that symbol anew where this is not the same any more.
#}
{% macro sessions_to_build(lookback=0, reference_symbol=none) -%}
    {%- set symbols = ref('int_symbols_fingerprinted') -%}
    {%- if is_incremental() %}
        select
            to_build.symbol,
            to_build.build_from,
            {%- if lookback %}
            coalesce(first_to_read.session_date, '-infinity'::date) as read_from
            {%- else %}
            to_build.build_from as read_from
            {%- endif %}
        from ({{ symbols_to_build(reference_symbol) }}) as to_build
        {%- if lookback %}
        left join lateral (
            select earlier.session_date
            from {{ this }} as earlier
            where earlier.symbol = to_build.symbol and earlier.session_date < to_build.build_from
            order by earlier.session_date desc
            limit 1 offset {{ lookback - 1 }}
        ) as first_to_read on true
        {%- endif %}
    {%- else %}
        select symbol, '-infinity'::date as build_from, '-infinity'::date as read_from from {{ symbols }}
    {%- endif %}
{%- endmacro %}

{% macro last_rows_built(columns, date_column='session_date') -%}
    {%- if is_incremental() %}
        select
            to_build.symbol
            {%- for name in columns %},
            last_row.{{ name }}
            {%- endfor %}
        from (select symbol from sessions_to_build) as to_build
        cross join lateral (
            select built.*
            from {{ this }} as built
            where built.symbol = to_build.symbol
            order by built.{{ date_column }} desc
            limit 1
        ) as last_row
    {%- else %}
        {{ no_rows(dict(columns, symbol='text')) }}
    {%- endif %}
{%- endmacro %}

{% macro rows_before_this_build(columns) -%}
    {%- set relation = load_cached_relation(this) if execute and not flags.FULL_REFRESH -%}
    {%- set known = adapter.get_columns_in_relation(relation) | map(attribute='name') | list if relation else [] -%}
    {%- if columns and columns | reject('in', known) | list == [] -%}
        select {{ columns | join(', ') }} from {{ relation }}
    {%- else -%}
        {{ no_rows(columns) }}
    {%- endif -%}
{%- endmacro %}

{% macro no_rows(columns) -%}
    select
    {%- for name, data_type in columns.items() %}
        null::{{ data_type }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    where false
{%- endmacro %}

{% macro delete_sessions_to_build(reference_symbol=none, date_column='session_date', or_where='false') -%}
    {%- if execute -%}
        {#- what this model reads must not change between its rows and what is recorded of them; advisory, for a
            table's own lock would wait for autovacuum -#}
    select pg_advisory_xact_lock(hashtext('{{ model_key(this) }}'));
        {%- for key in session_models_upstream() %}
    select pg_advisory_xact_lock_shared(hashtext('{{ key }}'));
        {%- endfor %}
        {%- if is_incremental() %}
    delete from {{ this }} as stale
    using (
        select symbol, build_from from ({{ symbols_to_build(reference_symbol) }}) as to_build
        union all
        select built.symbol, '-infinity'::date as build_from
        from {{ sessions_built() }} as built
        left join ({{ sessions_landed() }}) as landed on built.symbol = landed.symbol
        where built.model = '{{ model_key(this) }}' and landed.symbol is null
    ) as outdated
    where stale.symbol = outdated.symbol and (stale.{{ date_column }} >= outdated.build_from or {{ or_where }})
        {%- endif %}
    {%- endif %}
{%- endmacro %}

{% macro record_sessions_built(reference_symbol=none) -%}
    {%- if execute -%}
    delete from {{ sessions_built() }} where model = '{{ model_key(this) }}';
    insert into {{ sessions_built() }} (model, symbol, last_session, fingerprint, code_hash)
    select
        '{{ model_key(this) }}',
        landed.symbol,
        landed.last_session,
        {{ session_fingerprint(reference_symbol, 'landed.last_session') }},
        '{{ code_hash() }}'
    from ({{ sessions_landed() }}) as landed
    {%- endif %}
{%- endmacro %}

{% macro symbols_to_build(reference_symbol) -%}
    select
        landed.symbol,
        case
            when built.fingerprint = {{ session_fingerprint(reference_symbol, 'built.last_session') }}
                then built.last_session + 1
            else '-infinity'::date
        end as build_from
    from ({{ sessions_landed() }}) as landed
    left join {{ sessions_built() }} as built
        on built.model = '{{ model_key(this) }}' and landed.symbol = built.symbol
{%- endmacro %}

{% macro sessions_landed() -%}
    {#- per symbol what all models above that count their sessions have of it -#}
    {%- set keys = session_models_upstream() -%}
    {%- if keys -%}
        select
            symbol,
            min(last_session) as last_session,
            string_agg(fingerprint || code_hash, ' ' order by model) as fingerprint
        from {{ sessions_built() }}
        where model in ('{{ keys | join("', '") }}')
        group by symbol
        having count(*) = {{ keys | length }}
    {%- else -%}
        select symbol, last_session, generation as fingerprint from {{ ref('int_symbols_fingerprinted') }}
    {%- endif -%}
{%- endmacro %}

{% macro session_fingerprint(reference_symbol, last_session) -%}
    {%- if reference_symbol is none -%}
        md5(landed.fingerprint)
    {%- else -%}
        {#- of the reference counts what there was of it up to the same session: a late bar of it changes the past -#}
        md5(landed.fingerprint || coalesce((
            select reference.symbol || reference.fingerprint || least(reference.last_session, {{ last_session }})
            from ({{ sessions_landed() }}) as reference
            where reference.symbol = {{ reference_symbol }}
        ), ''))
    {%- endif -%}
{%- endmacro %}

{% macro sessions_built() -%}
    {{ api.Relation.create(database=target.database, schema='intermediate', identifier='sessions_built') }}
{%- endmacro %}

{% macro model_key(relation) -%}
    {{ relation.schema }}.{{ relation.identifier }}
{%- endmacro %}
