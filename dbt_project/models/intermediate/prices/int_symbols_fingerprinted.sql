{{ config(materialized='table') }}

-- What a symbol's adjusted bars follow from, hashed: a sum of hashes does not depend on the order of rows, and the part
-- of it that was there before tells a revised past from one that only grew. The model reads what it was before.
with

horizon as (
    select max(as_of) as horizon_date from {{ ref('int_as_of_dates_recorded') }}
),

previous_fingerprints as (
    {{ rows_before_this_build(
        {'symbol': 'text', 'generation': 'text', 'fingerprint': 'numeric', 'last_session': 'date'}
    ) }}
),

instruments as (
    select
        instruments.symbol,
        hash_record_extended(row(instruments.*), 0) as row_hash
    from {{ ref('stg_market_data__instruments') }} as instruments
),

bars as (
    select
        symbol,
        session_date,
        hash_record_extended(
            row(session_date, price_basis, open_price, high_price, low_price, close_price, volume), 0
        ) as row_hash
    from {{ ref('stg_market_data__bars') }}
    where timeframe = '1d'
),

bars_hashed as (
    select
        bars.symbol,
        max(bars.session_date) as last_session,
        sum(bars.row_hash) as bars_hash,
        sum(bars.row_hash) filter (where bars.session_date <= previous_fingerprints.last_session) as previous_bars_hash
    from bars
    inner join horizon on bars.session_date <= horizon.horizon_date
    left join previous_fingerprints on bars.symbol = previous_fingerprints.symbol
    group by bars.symbol
),

actions_hashed as (
    select
        factors.symbol,
        sum(hash_record_extended(row(factors.action_type, factors.price_factor, factors.ex_date), 0)) as actions_hash
    from {{ ref('int_actions_converted_to_factors') }} as factors
    inner join horizon on factors.ex_date <= horizon.horizon_date
    group by factors.symbol
),

hashed as (
    select
        bars_hashed.symbol,
        bars_hashed.last_session,
        bars_hashed.bars_hash + instruments.row_hash + coalesce(actions_hashed.actions_hash, 0) as fingerprint,
        bars_hashed.previous_bars_hash + instruments.row_hash + coalesce(actions_hashed.actions_hash, 0)
            as previous_fingerprint
    from bars_hashed
    inner join instruments on bars_hashed.symbol = instruments.symbol
    left join actions_hashed on bars_hashed.symbol = actions_hashed.symbol
),

with_generation as (
    select
        hashed.symbol,
        case
            when hashed.previous_fingerprint = previous_fingerprints.fingerprint then previous_fingerprints.generation
            else md5(hashed.fingerprint::text || hashed.last_session)
        end as generation,
        hashed.fingerprint,
        hashed.last_session
    from hashed
    left join previous_fingerprints on hashed.symbol = previous_fingerprints.symbol
)

select * from with_generation
