{#
    Values of all the columns lie in [at_least, at_most]; NaN and infinity never do, nulls pass. With `as_of_column` only
    the rows of the as-of date being built are read, all columns in one pass.
#}
{% test columns_within_range(
    model, columns, at_least="'-1e300'::double precision", at_most="'1e300'::double precision", as_of_column=none
) %}

select {{ columns | join(', ') }}
from {{ model }}
where
    (
        {% for column in columns %}
        {{ "or " if not loop.first }}{{ column }} < {{ at_least }}
        or {{ column }} > {{ at_most }}
        {% endfor %}
    )
    {% if as_of_column is not none %}
    and {{ as_of_column }} = {{ as_of() }}
    {% endif %}

{% endtest %}
