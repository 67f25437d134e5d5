{# Values lie in [at_least, at_most]; NaN and infinity never do (PostgreSQL sorts NaN above all numbers). Nulls pass. #}
{% test within_range(model, column_name, at_least="'-1e300'::double precision", at_most="'1e300'::double precision") %}

select {{ column_name }}
from {{ model }}
where
    {{ column_name }} < {{ at_least }}
    or {{ column_name }} > {{ at_most }}

{% endtest %}
