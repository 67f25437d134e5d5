"""Make the scenarios of an as-of date."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class GenerateScenariosOperator(WarehouseOperator):
    """Generates, validates and stores every scenario of the catalogue; unchanged ones are left as they are.

    What is wanted comes from the run's Params, every default from ``scenarios.yaml``. The files of
    the as-of date are saved at ``export_url``, by default in the state directory; with ``dry_run`` the log says what
    would be made, and the task skips. At the end the paths of all but the newest ``keep_as_ofs`` as-of dates are
    deleted, their definitions kept.
    """

    needs_landed_session = True

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Generate; the report counts scenarios generated, unchanged and not covered, by family."""
        from tetra.data.scenario_archive import archive_old
        from tetra.scenarios import runner
        from tetra.scenarios.export import export, folder_at
        from tetra.scenarios.request import GenerationRequest, known_fields, known_severity, parse_types
        from tetra.settings import state_dir

        params = context["params"]
        if params.get("export_url"):
            folder_at(params["export_url"])  # one that cannot be opened stops here, and not after everything is made
        seed = params.get("seed")
        start = params.get("start_date")
        request = GenerationRequest(
            types=parse_types(params.get("scenario_types") or ()),
            num_scenarios=params.get("num_scenarios"),
            severity=known_severity(params.get("severity")),
            include_full_cycles=params.get("include_full_cycles", True),
            symbols=tuple(params["symbols"]) if params.get("symbols") else None,
            start_date=date.fromisoformat(start) if start else None,
            fields=known_fields(params.get("fields")),
        )
        wanted: dict[str, Any] = {"as_of": as_of, "seed": None if seed is None else int(seed), "request": request}
        if params.get("dry_run"):
            self.log.info(runner.preview(connection, **wanted).as_text())
            raise AirflowSkipException("dry run: nothing was made; the log says what would be")
        report = runner.generate(connection, workers=int(params.get("workers") or 2), **wanted)
        self.log.info(report.as_text())
        connection.rollback()
        url = params.get("export_url") or str(state_dir() / "exports" / "scenarios")
        saved = export(connection, as_of=as_of, url=url, save_timeseries=bool(params.get("save_timeseries"))).as_json()
        archived = archive_old(connection, in_use=as_of, keep=int(params.get("keep_as_ofs") or 5)).as_json()
        return report.records, {**report.as_json(), "saved": saved, "archived": archived}
