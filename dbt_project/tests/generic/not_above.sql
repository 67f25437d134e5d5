{# The lower bound is at most the upper one, and neither stands without the other. #}
{% test not_above(model, lower, upper) %}

select
    {{ lower }},
    {{ upper }}
from {{ model }}
where
    {{ lower }} > {{ upper }}
    or ({{ lower }} is null) <> ({{ upper }} is null)

{% endtest %}
