"""The ``tetra`` command line: ``python -m tetra.cli``; the Makefile's targets are thin calls of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import click

from tetra.cli_backtest import backtest
from tetra.cli_luck import luck
from tetra.cli_scenarios import scenarios
from tetra.cli_strategies import strategies
from tetra.cli_walk_forward import walk_forward
from tetra.command_group import FriendlyGroup

DBT_COMMANDS_WITH_AS_OF = {"build", "run", "test", "compile", "show", "retry"}
PASS_THROUGH = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}


@click.group(cls=FriendlyGroup)
def main() -> None:
    """Tetra: which strategies hold up in which markets, and is that more than luck?"""


main.add_command(backtest)
main.add_command(luck)
main.add_command(scenarios)
main.add_command(walk_forward)
main.add_command(strategies)


@main.group(cls=FriendlyGroup)
def platform() -> None:
    """Start, stop and remove the platform."""


@platform.command("run")
@click.option(
    "--any-ports",
    is_flag=True,
    help="Choose any free ports instead of the usual ones (at first choice only).",
)
def platform_run(any_ports: bool) -> None:
    """Start everything, run the whole chain on the sample, print the ranking and the URLs."""
    from tetra.platform import run

    run.run(prefer_usual_ports=not any_ports)


@platform.command("stop")
def platform_stop() -> None:
    """Stop what run started, and nothing else."""
    from tetra.platform import run

    run.stop()


@platform.command("remove-state")
def platform_remove_state() -> None:
    """Delete the embedded cluster and all state (after stop)."""
    from tetra.platform import run

    run.remove_state()


@main.command("service", hidden=True)
@click.argument("name")
def service(name: str) -> None:
    """Become one of the platform's services (supervisord calls this)."""
    from tetra.platform import services

    services.become(name)


@main.group(cls=FriendlyGroup)
def database() -> None:
    """Roles, databases and migrations."""


@database.command("upgrade")
def database_upgrade() -> None:
    """Make roles and databases on the server in use and apply all migrations."""
    from tetra.database import migrations
    from tetra.platform import run

    here = run.prepared_database()
    click.echo(f"warehouse at migration {migrations.current(here.database_url('owner'))}")


@database.command("downgrade")
@click.argument("revision")
def database_downgrade(revision: str) -> None:
    """Take migrations back down to REVISION ("base" takes back all)."""
    from tetra.database import migrations
    from tetra.platform import environment

    migrations.downgrade(environment.installation().database_url("owner"), revision)


@main.group(cls=FriendlyGroup)
def archive() -> None:
    """Rows that storage_pipeline moved to Parquet."""


@archive.command("restore")
@click.option("--table", required=True, help="As it was archived, such as market_data.ohlcv.")
@click.option("--url", help="The archive. Default: archive_url of storage.yaml.")
@click.option(
    "--folder", "folders", multiple=True, help="Only this partition, such as timeframe=1h/year=2015; repeatable."
)
def archive_restore(table: str, url: str | None, folders: tuple[str, ...]) -> None:
    """Bring archived rows back that their table does not hold."""
    import psycopg

    from tetra.cli_warehouse import writer_url
    from tetra.data import storage
    from tetra.data.restore import restore

    url = url or storage.load_settings().archive_url
    if url is None:
        raise click.ClickException("give --url, or set archive_url in storage.yaml")
    with psycopg.connect(writer_url()) as connection:
        report = restore(connection, table=table, url=url, folders=folders)
    click.echo(f"{report.inserted} of {report.rows} rows in {len(report.files)} files were missing and are back")


@main.command("sql")
@click.option("--query", help="One query: its rows are printed unaligned, without header.")
def sql(query: str | None) -> None:
    """Open psql as the read-only role."""
    from tetra.platform import environment, run

    if query is not None and not query.strip():
        raise click.ClickException('the query is empty; write make sql Q="select …", or make sql for a session')
    run.require_database()
    here = environment.installation()
    # the password goes by environment: a command line is seen by every user of the machine
    password = here.secrets["reader_password"]
    url = here.database_url("reader").replace(f":{quote(password, safe='')}@", "@", 1)
    command = [str(here.embedded.binary("psql")), "--no-psqlrc", url]
    if query is not None:
        command += ["--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", "--command", query]
    raise SystemExit(subprocess.run(command, env=os.environ | {"PGPASSWORD": password}, check=False).returncode)


def _run_tool(program: str, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    command = [str(Path(sys.executable).parent / program), *arguments]
    raise SystemExit(subprocess.run(command, env=environment, check=False).returncode)


@main.command("airflow", context_settings=PASS_THROUGH)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def airflow(arguments: tuple[str, ...]) -> None:
    """Run the Airflow CLI in the project's environment and configuration."""
    from tetra.platform import environment, run

    run.require_database()
    _run_tool("airflow", arguments, environment.airflow_environment(environment.installation()))


@main.command("dbt", context_settings=PASS_THROUGH)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dbt(arguments: tuple[str, ...]) -> None:
    """Run dbt in the project's environment and configuration.

    Where the command needs an as-of date and none is given, it is the greatest that scenarios exist for.
    """
    from tetra.platform import environment, run

    run.require_database()
    here = environment.installation()
    if arguments and arguments[0] in DBT_COMMANDS_WITH_AS_OF and "--vars" not in arguments:
        as_of = run.latest_as_of(here)
        click.echo(f"as_of {as_of}, the latest there is; another: --vars '{{as_of: YYYY-MM-DD}}'", err=True)
        arguments = (*arguments, "--vars", f"{{as_of: {as_of}}}")
    _run_tool("dbt", arguments, os.environ | environment.airflow_environment(here))


@main.command("picture")
def picture() -> None:
    """Photograph the running dashboard for the README."""
    from tetra.platform import run

    run.take_picture()


if __name__ == "__main__":
    main(prog_name="tetra")
