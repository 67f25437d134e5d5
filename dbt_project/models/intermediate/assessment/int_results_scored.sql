{%- set scorable_metrics = [
    'total_return', 'annualized_volatility', 'sharpe_ratio', 'sortino_ratio', 'calmar_ratio', 'max_drawdown',
    'excess_return',
] -%}

-- noqa: disable=LT02,AM04
-- (sqlfluff loses the indentation where a loop ends a list; all columns of the results are passed on: to join them
-- again by their key took longer than to score them)
with

-- a result without a return was not tested. A ratio without a denominator stands where its limit does, by the sign of
-- the return: cash, which neither earned nor risked, at zero, below every winner and above every loser
results as not materialized (
    select
        *,
        {% for metric in scorable_metrics %}
            {% if metric.endswith('_ratio') %}
                case
                    when total_return is null then null
                    when {{ metric }} is not null then {{ metric }}
                    when total_return > 0 then 'infinity'::double precision
                    when total_return < 0 then '-infinity'::double precision
                    else 0
                end
            {% elif metric == 'total_return' %}
                total_return
            {% else %}
                case when total_return is not null then {{ metric }} end
            {% endif %}
            as comparable_{{ metric }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('stg_backtest__results') }}
),

-- one row, cheaper to work out twice than to keep; a metric that the seed does not name has no weight
weights as not materialized (
    select
        {% for metric in scorable_metrics %}
            max(weight) filter (where metric_name = '{{ metric }}') as {{ metric }}_weight,
            bool_and(is_higher_better) filter (where metric_name = '{{ metric }}') as is_higher_{{ metric }}_better
            {{- "," if not loop.last }}
        {% endfor %}
    from {{ ref('score_weights') }}
),

-- what each result is compared with: the metric of its scenario and kind in order, and once more from the other side.
-- To look a place up in an array took half the time of ranks over windows, a metric without weight takes none
fields as (
    select
        results.as_of,
        results.scenario_name,
        results.kind,
        {% for metric in scorable_metrics %}
            array_agg(results.comparable_{{ metric }} order by results.comparable_{{ metric }})
                filter (where results.comparable_{{ metric }} is not null and weights.{{ metric }}_weight > 0)
                as ascending_{{ metric }},
            array_agg(-results.comparable_{{ metric }} order by -results.comparable_{{ metric }})
                filter (where results.comparable_{{ metric }} is not null and weights.{{ metric }}_weight > 0)
                as negated_{{ metric }}{{ "," if not loop.last }}
        {% endfor %}
    from results
    cross join weights
    group by results.as_of, results.scenario_name, results.kind
),

-- percentile rank with ties at their mean rank: (results below + results below or equal) / 2n. The rank by the negated
-- metric is what is missing to 100; an undefined metric has neither points nor weight
scored as (
    select
        results.*,
        (
            {% for metric in scorable_metrics %}
                {{ "+ " if not loop.first -}}
                coalesce(
                    weights.{{ metric }}_weight
                    * (
                        case when weights.is_higher_{{ metric }}_better then 0 else 100 end
                        + case when weights.is_higher_{{ metric }}_better then 100 else -100 end::double precision
                        * (
                            cardinality(fields.negated_{{ metric }})
                            - width_bucket(-results.comparable_{{ metric }}, fields.negated_{{ metric }})
                            + width_bucket(results.comparable_{{ metric }}, fields.ascending_{{ metric }})
                        )
                        / (2 * cardinality(fields.ascending_{{ metric }}))
                    ),
                    0
                )
            {% endfor %}
        )
        / nullif(
            {% for metric in scorable_metrics %}
                {{ "+ " if not loop.first -}}
                case
                    when results.comparable_{{ metric }} is not null then coalesce(weights.{{ metric }}_weight, 0)
                    else 0
                end
            {% endfor %},
            0
        ) as score
    from results
    left join fields
        on
            results.as_of = fields.as_of
            and results.scenario_name = fields.scenario_name
            and results.kind = fields.kind
    cross join weights
)

select * from scored
