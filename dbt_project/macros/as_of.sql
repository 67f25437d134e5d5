{% macro as_of() -%}
    {#- the pipelines give it by environment: a new value of a variable would have the whole project parsed again -#}
    {#- and is not read while parsing: files that read it would be parsed again whenever it is another -#}
    {%- set value = var('as_of', none) or (env_var('TETRA_DBT_AS_OF', 'None') if execute else 'None') -%}
    {%- set value = value | string -%}
    {%- if modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', value) -%}
        date '{{ value }}'
    {%- elif value == 'None' and (not execute or flags.WHICH in ['parse', 'list', 'generate', 'compile']) -%}
        {#- nothing is written: documentation and parsing work without a date -#}
        cast(null as date)
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "as_of is " ~ ("not set" if value == 'None' else "'" ~ value ~ "', not a date")
            ~ "; give the session to build for: --vars '{\"as_of\": \"2022-12-28\"}'"
        ) }}
    {%- endif -%}
{%- endmacro %}
