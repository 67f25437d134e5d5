{#
    dbt's own view materialization renames the old view away and drops it with everything that reads it, so that each
    build of staging would take derived.scenario_paths and the views of the other layer from their readers for seconds.
    PostgreSQL can replace a view in place as long as its columns stay; only where they change is it dropped.
#}
{% materialization view, adapter='postgres' %}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if existing_relation is not none and not is_replaceable_by(existing_relation, sql) %}
        {% do adapter.drop_relation(existing_relation) %}
    {% endif %}
    {% call statement('main') -%}
        {{ get_replace_view_sql(target_relation, sql) }}
    {%- endcall %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro is_replaceable_by(existing_relation, sql) %}
    {%- if not existing_relation.is_view -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set described = [] -%}
    {%- for columns in [adapter.get_columns_in_relation(existing_relation), get_column_schema_from_query(sql)] -%}
        {%- set names = [] -%}
        {%- for column in columns -%}
            {%- do names.append(column.name) -%}
        {%- endfor -%}
        {%- do described.append(names) -%}
    {%- endfor -%}
    {{ return(described[0] == described[1]) }}
{% endmacro %}
