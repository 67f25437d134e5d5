"""``tetra backtest``: look inside one cell, its metrics, its trades, its picture."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click


@click.command("backtest")
@click.option("--strategy", required=True, help="Its name in strategies.yaml.")
@click.option(
    "--symbol", required=True, help="A symbol, a group such as KO/PEP, PANEL, or PORTFOLIO: all cells together."
)
@click.option("--scenario", required=True, help="A stored scenario of the date.")
@click.option("--as-of", type=click.DateTime(formats=["%Y-%m-%d"]), help="Default: the newest that has scenarios.")
@click.option(
    "--picture", type=click.Path(path_type=Path), help="Write equity and drawdown to this .png, .svg or .pdf."
)
def backtest(strategy: str, symbol: str, scenario: str, as_of: datetime | None, picture: Path | None) -> None:
    """Run one cell as the assessment does and print its metrics and trades; nothing is stored."""
    import psycopg

    from tetra.backtest.cell_text import as_text
    from tetra.backtest.look_ahead import audit
    from tetra.backtest.one_cell import view_cell
    from tetra.backtest.picture import check_path, write_picture
    from tetra.cli_warehouse import writer_url
    from tetra.data.as_of_dates import with_scenarios
    from tetra.strategies import registry

    found = registry.find(strategy)
    if picture is not None:
        check_path(picture)
    with psycopg.connect(writer_url()) as connection:
        view = view_cell(
            connection,
            as_of=with_scenarios(connection, None if as_of is None else as_of.date()),
            strategy_name=strategy,
            symbol=symbol,
            scenario_name=scenario,
        )
    click.echo(as_text(view))
    if picture is not None:
        write_picture(view, picture)
        click.echo(f"\n{picture}: equity and drawdown")
    if (moved := audit(found.strategy, name=found.name)) is not None:
        click.echo(f"\nnot to be believed: {strategy} looks ahead: {moved}", err=True)
