{% macro summed_deviations(sessions, products, first, second) -%}
    {#- the subtraction that loses digits is exact, in numeric; only its result is a double -#}
    case
        when defined - defined_before_{{ sessions }} = {{ sessions }}
            then (
                {{ sessions }} * ({{ products }} - {{ products }}_before_{{ sessions }})
                - ({{ first }} - {{ first }}_before_{{ sessions }}) * ({{ second }} - {{ second }}_before_{{ sessions }})
            )::double precision / {{ sessions }}
    end
{%- endmacro %}
