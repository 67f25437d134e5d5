"""Make the scenarios of an as-of date."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class GenerateScenariosOperator(WarehouseOperator):
    """Generates, validates and stores every scenario of the catalogue; unchanged ones are left as they are.

    The seed and the types come from the run's Params, the seed's default from ``scenarios.yaml``.
    """

    needs_landed_session = True

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Generate; the report counts scenarios generated, unchanged and not covered, by family."""
        from tetra.scenarios import catalogue, runner

        params = context["params"]
        seed = params.get("seed")
        report = runner.generate(
            connection,
            as_of=as_of,
            seed=catalogue.load_catalogue().settings.seed if seed is None else int(seed),
            scenario_types=params.get("scenario_types") or None,
        )
        return report.records, report.as_json()
