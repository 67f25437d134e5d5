{# The model's own node and those of all models it reads, near and far; empty while parsing. #}
{% macro nodes_read() -%}
    {%- set ids = [model.unique_id] -%}
    {%- set nodes = [] -%}
    {%- for id in ids -%}
        {#- the list grows while it is walked: parents of parents come later -#}
        {%- set node = graph.nodes[id] -%}
        {%- do nodes.append(node) -%}
        {%- for parent in node.depends_on.nodes if parent in graph.nodes and parent not in ids -%}
            {%- do ids.append(parent) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(nodes) }}
{%- endmacro %}

{% macro counts_its_sessions(node) -%}
    {{ return('record_sessions_built' in (node.config.get('post-hook', []) | string)) }}
{%- endmacro %}

{% macro session_models_upstream() -%}
    {%- set upstream = [] -%}
    {%- for node in nodes_read() if node.unique_id != model.unique_id and counts_its_sessions(node) -%}
        {%- do upstream.append(node.schema ~ '.' ~ node.alias) -%}
    {%- endfor -%}
    {{ return(upstream) }}
{%- endmacro %}

{% macro code_hash() -%}
    {%- set checksums = [] -%}
    {%- for node in nodes_read() -%}
        {%- do checksums.append(node.checksum.checksum) -%}
    {%- endfor -%}
    {%- for column in graph.nodes[model.unique_id].columns.values() -%}
        {%- do checksums.append(column.name ~ column.data_type) -%}
    {%- endfor -%}
    {{ return(local_md5(checksums | sort | join)) }}
{%- endmacro %}
