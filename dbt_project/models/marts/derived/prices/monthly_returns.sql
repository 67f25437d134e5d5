{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_sessions_to_build(date_column='period_end_date', or_where='not stale.is_complete') }}",
        post_hook="{{ record_sessions_built() }}",
    )
}}

{{ period_returns(period_end="(date_trunc('month', bars.session_date) + interval '1 month - 1 day')::date") }}
