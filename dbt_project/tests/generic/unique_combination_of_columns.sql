{#
    One row per combination, none of it null. With `as_of_column` only the rows of the as-of date being built are read:
    older ones were tested by their own build and nothing has written them since.
#}
{% test unique_combination_of_columns(model, combination_of_columns, as_of_column=none) %}

select
    {{ combination_of_columns | join(', ') }},
    count(*) as occurrences
from {{ model }}
{% if as_of_column is not none %}
where {{ as_of_column }} = {{ as_of() }}
{% endif %}
group by {{ combination_of_columns | join(', ') }}
having
    count(*) > 1
    {% for column in combination_of_columns %}
    or count({{ column }}) = 0
    {% endfor %}

{% endtest %}
