with

source as (
    select * from {{ source('backtest', 'results') }}
),

renamed as (
    select
        scenario_name,
        strategy_name,
        symbol,
        kind,
        undefined_reason,
        bars,
        total_return,
        cagr,
        annualized_mean_return,
        annualized_volatility,
        sharpe_ratio,
        sortino_ratio,
        calmar_ratio,
        max_drawdown,
        drawdown_duration,
        value_at_risk_95,
        value_at_risk_99,
        expected_shortfall_95,
        expected_shortfall_99,
        skew,
        excess_kurtosis,
        trade_count,
        win_rate,
        profit_factor,
        expected_value,
        exposure,
        turnover,
        costs_paid,
        excess_return,
        beta,
        as_of
    from source
)

select * from renamed
