"""Registers Tetra's listener with Airflow; the one file Airflow loads as a plugin (see plugins/.airflowignore)."""

from airflow.plugins_manager import AirflowPlugin

from tetra_airflow import listeners


class TetraPlugin(AirflowPlugin):
    """Tetra's listener."""

    name = "tetra"
    listeners = [listeners]  # noqa: RUF012 - Airflow reads a plain list
