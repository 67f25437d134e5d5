"""Retries, timeouts and callbacks that every DAG shares; DAGs hold no literal for these."""

from datetime import timedelta
from typing import Any

from airflow.sdk import Param
from pendulum import datetime

from tetra_airflow.callbacks import report_failure

START_DATE = datetime(1990, 1, 1, tz="America/New_York")
"""Earliest session a backfill may ask for; nothing runs for it by itself (catchup is off)."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "tetra",
    "retries": 2,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": True,
    "execution_timeout": timedelta(minutes=30),
    "on_failure_callback": report_failure,
}

DAG_DEFAULTS: dict[str, Any] = {
    "start_date": START_DATE,
    "catchup": False,
    "max_active_runs": 1,
    "dagrun_timeout": timedelta(hours=3),
    "default_args": DEFAULT_ARGS,
}


def as_of_param() -> Param:
    """Return the Param by which a person triggers a pipeline alone for a date."""
    return Param(
        None,
        type=["null", "string"],
        format="date",
        title="As-of session",
        description="Session to compute as of (YYYY-MM-DD). Empty: the run's partition key.",
    )
