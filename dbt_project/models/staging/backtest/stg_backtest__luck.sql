with

source as (
    select * from {{ source('backtest', 'luck') }}
),

renamed as (
    select
        strategy_name,
        verdict,
        verdict_reason,
        sample as luck_sample,
        sessions as luck_sessions,
        timing_sharpe_ratio,
        probabilistic_sharpe_ratio,
        deflated_sharpe_ratio,
        minimum_track_record_length,
        stepwise_p_value,
        null_twin_p_value,
        rank_low,
        rank_high,
        as_of
    from source
)

select * from renamed
