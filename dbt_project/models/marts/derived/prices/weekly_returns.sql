{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_sessions_to_build(date_column='period_end_date', or_where='not stale.is_complete') }}",
        post_hook="{{ record_sessions_built() }}",
    )
}}

-- weeks end on Friday, as in pandas' W-FRI: a crypto weekend belongs to the next week
{{ period_returns(period_end='bars.session_date + (12 - extract(isodow from bars.session_date)::integer) % 7') }}
