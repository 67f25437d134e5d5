{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- migrations make the schemas and their grants: no target's name is put in front of them -#}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}
