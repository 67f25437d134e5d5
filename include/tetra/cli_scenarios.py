"""``tetra scenarios``: make scenarios for a date, or see what would be made."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from tetra.command_group import FriendlyGroup


DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group(cls=FriendlyGroup)
def scenarios() -> None:
    """Scenarios: generate and export them."""


@scenarios.command("generate")
@click.option("--type", "types", multiple=True, help="all, historical, regime, stochastic, stress … Default: all.")
@click.option("--num-scenarios", type=int, help="Paths of each stochastic family. Default: as scenarios.yaml says.")
@click.option("--severity", help="Of stress scenarios: moderate, severe, extreme. Default: as scenarios.yaml says.")
@click.option("--include-full-cycles/--no-full-cycles", default=True, help="Whether to replay full cycles.")
@click.option("--symbols", multiple=True, help="Symbols, groups or indices; several, or with commas. Default: all.")
@click.option("--start-date", type=DAY, help="First day that synthetic scenarios draw from. Default: two years back.")
@click.option("--end-date", type=DAY, help="The as-of date. Default: the newest session landed.")
@click.option("--seed", type=int, help="All randomness comes from it. Default: scenarios.yaml's.")
@click.option("--save-timeseries", is_flag=True, help="Write scenario_timeseries.parquet beside metadata and summary.")
@click.option("--export-url", help="Folder or fsspec URL of the saved files. Default: .tetra/exports/scenarios.")
@click.option("--fields", type=click.Choice(["all", "close"]), help="What is stored. Default: closes only beyond 300.")
@click.option("--workers", type=int, default=2, show_default=True, help="Processes that make paths.")
@click.option("--dry-run", is_flag=True, help="Say what would be made; write nothing.")
def generate(
    types: tuple[str, ...],
    symbols: tuple[str, ...],
    start_date: datetime | None,
    end_date: datetime | None,
    **options: Any,
) -> None:
    """Make the scenarios of a date that are new or changed, and save their files."""
    import psycopg

    from tetra.data import sessions
    from tetra.platform import environment, run
    from tetra.scenarios import runner
    from tetra.scenarios.export import export
    from tetra.scenarios.request import GenerationRequest, parse_types

    request = GenerationRequest(
        types=parse_types(types),
        num_scenarios=options["num_scenarios"],
        severity=options["severity"],
        include_full_cycles=options["include_full_cycles"],
        symbols=tuple(name for text in symbols for name in text.split(",") if name) or None,
        start_date=_day(start_date),
        fields=options["fields"],
    )
    run.require_database()
    here = environment.installation()
    with psycopg.connect(here.database_url("writer")) as connection:
        as_of = _day(end_date) or sessions.last_landed(connection)
        connection.rollback()
        if options["dry_run"]:
            click.echo(runner.preview(connection, as_of=as_of, seed=options["seed"], request=request).as_text())
            return
        report = runner.generate(
            connection, as_of=as_of, seed=options["seed"], request=request, workers=options["workers"]
        )
        click.echo(report.as_text())
        url = options["export_url"] or str(here.state / "exports" / "scenarios")
        saved = export(connection, as_of=as_of, url=url, save_timeseries=options["save_timeseries"])
    for file in saved.files:
        click.echo(file)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
