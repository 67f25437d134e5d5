{%- set scorable_metrics = [
    'total_return', 'annualized_volatility', 'sharpe_ratio', 'sortino_ratio', 'calmar_ratio', 'max_drawdown',
    'excess_return',
] -%}

-- noqa: disable=LT02
-- (sqlfluff loses the indentation where a loop ends a list)
with

-- a result without a return was not tested. A ratio without a denominator stands where its limit does, by the sign of
-- the return: cash, which neither earned nor risked, at zero, below every winner and above every loser
tested_results as (
    select
        as_of,
        scenario_name,
        strategy_name,
        symbol,
        kind,
        total_return,
        annualized_volatility,
        max_drawdown,
        excess_return,
        {% for ratio in ['sharpe_ratio', 'sortino_ratio', 'calmar_ratio'] %}
            coalesce(
                {{ ratio }},
                case
                    when total_return > 0 then 'infinity'::double precision
                    when total_return < 0 then '-infinity'::double precision
                    else 0
                end
            ) as {{ ratio }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('stg_backtest__results') }}
    where total_return is not null
),

-- one row; a metric that the seed does not name has no weight
weights as (
    select
        {% for metric in scorable_metrics %}
            max(weight) filter (where metric_name = '{{ metric }}') as {{ metric }}_weight,
            bool_and(is_higher_better) filter (where metric_name = '{{ metric }}') as is_higher_{{ metric }}_better
            {{- "," if not loop.last }}
        {% endfor %}
    from {{ ref('score_weights') }}
),

-- percentile rank with ties at their mean rank: (results below + results below or equal) / 2n. Wide on purpose: one
-- sort per metric inside each scenario took a quarter of the time of one sort over a row per result and metric.
percentile_ranked as (
    select
        as_of,
        scenario_name,
        strategy_name,
        symbol,
        {% for metric in scorable_metrics %}
            case
                when {{ metric }} is not null
                    then
                        100::double precision
                        * (rank() over by_{{ metric }} - 1 + count(*) over by_{{ metric }})
                        / (2 * count({{ metric }}) over field)
            end as {{ metric }}_rank{{ "," if not loop.last }}
        {% endfor %}
    from tested_results
    window
        field as (partition by as_of, scenario_name, kind),
        {% for metric in scorable_metrics %}
            by_{{ metric }} as (field order by {{ metric }}){{ "," if not loop.last }}
        {% endfor %}
),

-- the rank by the negated metric is what is missing to 100; an undefined metric has neither points nor weight
weighted as (
    select
        percentile_ranked.as_of,
        percentile_ranked.scenario_name,
        percentile_ranked.strategy_name,
        percentile_ranked.symbol,
        {% for metric in scorable_metrics %}
            coalesce(
                weights.{{ metric }}_weight
                * case
                    when weights.is_higher_{{ metric }}_better then percentile_ranked.{{ metric }}_rank
                    else 100 - percentile_ranked.{{ metric }}_rank
                end,
                0
            ) as {{ metric }}_points,
            case
                when percentile_ranked.{{ metric }}_rank is not null then coalesce(weights.{{ metric }}_weight, 0)
                else 0
            end as {{ metric }}_weight{{ "," if not loop.last }}
        {% endfor %}
    from percentile_ranked
    cross join weights
),

scored as (
    select
        as_of,
        scenario_name,
        strategy_name,
        symbol,
        (
            {% for metric in scorable_metrics %}
                {{ "+ " if not loop.first }}{{ metric }}_points
            {% endfor %}
        )
        / nullif(
            {% for metric in scorable_metrics %}
                {{ "+ " if not loop.first }}{{ metric }}_weight
            {% endfor %},
            0
        ) as score
    from weighted
)

select * from scored
