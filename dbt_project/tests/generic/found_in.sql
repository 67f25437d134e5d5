{# dbt's `relationships`, on the rows of the as-of date being built alone: older ones were tested by their own build. #}
{% test found_in(model, column_name, to, field, as_of_column) %}

select distinct {{ column_name }}
from {{ model }}
where
    {{ as_of_column }} = {{ as_of() }}
    and {{ column_name }} is not null
    and {{ column_name }} not in (select {{ field }} from {{ to }} where {{ field }} is not null)

{% endtest %}
