{# Ranks of each group are 1, 2, ... without gap or tie; null ranks (not ranked) take no part. #}
{% test dense_rank_from_one(model, column_name, group_by_columns) %}

select
    {{ group_by_columns | join(', ') }},
    count({{ column_name }}) as ranked,
    count(distinct {{ column_name }}) as distinct_ranks,
    min({{ column_name }}) as first_rank,
    max({{ column_name }}) as last_rank
from {{ model }}
group by {{ group_by_columns | join(', ') }}
having
    count({{ column_name }}) > 0
    and (
        min({{ column_name }}) <> 1
        or max({{ column_name }}) <> count({{ column_name }})
        or count(distinct {{ column_name }}) <> count({{ column_name }})
    )

{% endtest %}
