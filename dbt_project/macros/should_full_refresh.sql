{#
    dbt's own question, asked of every incremental model: here also yes for a model that counts its sessions, or names its
    definition in its rows, and whose rows are of another definition (or nobody knows of which, or gone): only then are its
    columns and indexes new as well.
#}
{% macro should_full_refresh() -%}
    {%- set configured = config.get('full_refresh') -%}
    {%- set wanted = flags.FULL_REFRESH if configured is none else configured -%}
    {{ return(wanted or (execute and knows_its_definition(model) and not is_built_by_this_code())) }}
{%- endmacro %}

{% macro knows_its_definition(node) -%}
    {{ return(counts_its_sessions(node) or 'definition_hash' in node.columns) }}
{%- endmacro %}

{% macro is_built_by_this_code() -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if existing_relation is none or not existing_relation.is_table -%}
        {{ return(false) }}
    {%- endif -%}
    {%- if counts_its_sessions(model) -%}
        {%- set built = run_query(
            "select exists (select 1 from " ~ sessions_built() ~ " where model = '" ~ model_key(this)
            ~ "' and code_hash = '" ~ code_hash() ~ "') and exists (select 1 from " ~ this ~ ")"
        ) -%}
    {%- elif 'definition_hash' in adapter.get_columns_in_relation(existing_relation) | map(attribute='name') -%}
        {%- set built = run_query(
            "select coalesce(bool_and(definition_hash = '" ~ code_hash() ~ "'), false) from " ~ this
        ) -%}
    {%- else -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(built.columns[0].values()[0]) }}
{%- endmacro %}
