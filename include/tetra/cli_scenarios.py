"""``tetra scenarios``: make scenarios for a date, or see what would be made."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from tetra.command_group import FriendlyGroup

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group(cls=FriendlyGroup)
def scenarios() -> None:
    """Scenarios: generate and export them."""


@scenarios.command("generate")
@click.option("--type", "types", multiple=True, help="all, historical, regime, stochastic, stress, … Default: all.")
@click.option("--num-scenarios", type=int, help="Paths of each stochastic family. Default: as scenarios.yaml says.")
@click.option("--severity", help="Of stress scenarios: moderate, severe, extreme. Default: as scenarios.yaml says.")
@click.option(
    "--include-full-cycles/--no-full-cycles", default=True, help="Whether to have the episodes that are full cycles."
)
@click.option("--symbols", multiple=True, help="Symbols, groups or indices; several, or with commas. Default: all.")
@click.option("--start-date", type=DAY, help="First day that synthetic scenarios draw from. Default: two years back.")
@click.option("--end-date", type=DAY, help="The as-of date. Default: the newest session landed.")
@click.option("--seed", type=int, help="All randomness comes from it. Default: scenarios.yaml's.")
@click.option("--save-timeseries", is_flag=True, help="Write scenario_timeseries.parquet beside metadata and summary.")
@click.option("--export-url", help="Folder or fsspec URL of the saved files. Default: .tetra/exports/scenarios.")
@click.option("--fields", help="Stored of stochastic paths: all, close. Default: all, closes alone beyond 300 paths.")
@click.option("--workers", type=int, default=2, show_default=True, help="Threads that make paths.")
@click.option("--dry-run", is_flag=True, help="Say what would be made; write nothing.")
def generate(
    types: tuple[str, ...],
    symbols: tuple[str, ...],
    start_date: datetime | None,
    end_date: datetime | None,
    **options: Any,
) -> None:
    """Make the scenarios of a date that are new or changed, and save their files.

    Of the types asked for the date then has what was asked for and nothing else; other types stay as they are.
    """
    import psycopg

    from tetra.cli_warehouse import writer_url
    from tetra.data import sessions
    from tetra.scenarios import runner
    from tetra.scenarios.export import export, folder_at
    from tetra.scenarios.request import GenerationRequest, known_fields, known_severity, parse_types

    request = GenerationRequest(
        types=parse_types(types),
        num_scenarios=options["num_scenarios"],
        severity=known_severity(options["severity"]),
        include_full_cycles=options["include_full_cycles"],
        symbols=tuple(name.strip() for text in symbols for name in text.split(",") if name.strip()) or None,
        start_date=_day(start_date),
        fields=known_fields(options["fields"]),
    )
    url = options["export_url"] or str(_state() / "exports" / "scenarios")
    folder_at(url)  # a URL that cannot be opened stops here, and not after everything is made
    with psycopg.connect(writer_url()) as connection:
        as_of = _day(end_date) or sessions.last_landed(connection)
        connection.rollback()
        if options["dry_run"]:
            click.echo(runner.preview(connection, as_of=as_of, seed=options["seed"], request=request).as_text())
            return
        report = runner.generate(
            connection, as_of=as_of, seed=options["seed"], request=request, workers=options["workers"]
        )
        click.echo(report.as_text())
        saved = export(connection, as_of=as_of, url=url, save_timeseries=options["save_timeseries"])
    for file in saved.files:
        click.echo(file)


def _state() -> Path:
    from tetra.settings import state_dir

    return state_dir()


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
