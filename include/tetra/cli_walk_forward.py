"""``tetra walk-forward``: choose a strategy's parameters fold by fold, and see what they gave out of sample."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tetra.backtest.walk_forward import WalkForward
    from tetra.typing import DateArray, FloatArray

SHOWN = ("sharpe_ratio", "total_return", "max_drawdown")
HEADINGS = ("fold", "sample", "from", "to", "bars", "Sharpe", "return", "drawdown", "parameters")
ROW = "{:>5}  {:<13}  {:<10}  {:<10}  {:>5}  {:>7}  {:>8}  {:>8}  {}"


@click.command("walk-forward")
@click.option("--strategy", required=True, help="Its name in strategies.yaml; it needs a walk_forward block.")
@click.option("--scenario", help="A stored scenario of the date. Default: Full History.")
@click.option("--as-of", type=click.DateTime(formats=["%Y-%m-%d"]), help="Default: the newest that has scenarios.")
def walk_forward(strategy: str, scenario: str | None, as_of: datetime | None) -> None:
    """Choose a strategy's parameters on train folds, judge them on test folds, store and print both."""
    import psycopg

    from tetra.backtest import walk_forward_runner
    from tetra.cli_warehouse import writer_url
    from tetra.data.as_of_dates import with_scenarios
    from tetra.scenarios.full_history import NAME

    with psycopg.connect(writer_url()) as connection:
        day = with_scenarios(connection, None if as_of is None else as_of.date())
        walked = walk_forward_runner.run_one(
            connection, as_of=day, strategy_name=strategy, scenario_name=scenario or NAME
        )
    click.echo(as_text(walked))


def as_text(walked: WalkForward) -> str:
    """Return the fold table: in-sample and out-of-sample rows of each fold, and the whole out-of-sample path."""
    grid = walked.registered.walk_forward.grid if walked.registered.walk_forward else {}
    lines = [ROW.format(*HEADINGS).rstrip()]
    for number, judged in enumerate(walked.folds, start=1):
        chosen = ", ".join(f"{name}={judged.chosen.parameters[name]}" for name in grid)
        for sample, days, metrics in (
            ("in sample", walked.window[judged.fold.train_bars], judged.in_sample),
            ("out of sample", walked.window[slice(*judged.fold.test)], judged.out_of_sample),
        ):
            lines.append(_row(number, sample, days, metrics, chosen))
    lines.append(_row("all", "out of sample", walked.sessions, walked.metrics, "as chosen for each fold"))
    return "\n".join(lines)


def _row(fold: object, sample: str, days: DateArray, metrics: FloatArray, note: str) -> str:
    from tetra.backtest.walk_forward import FOLD_METRICS

    sharpe, total, drawdown = (float(metrics[FOLD_METRICS.index(name)]) for name in SHOWN)
    figures = (f"{sharpe:.2f}", f"{total:.1%}", f"{drawdown:.1%}")
    return ROW.format(fold, sample, str(days[0]), str(days[-1]), days.size, *figures, note)
