"""``tetra luck``: work out how much of each strategy's result is luck, and see the verdicts."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tetra.data.luck_rows import JudgedFamily
    from tetra.luck.family import Luck

HEADINGS = ("strategy", "verdict", "sessions", "timing Sharpe", "deflated", "StepM", "twins", "ranks", "")
ROW = "{:<36}  {:<20}  {:>8}  {:>13}  {:>8}  {:>6}  {:>6}  {:>7}  {}"
NOTHING = "-"


@click.command("luck")
@click.option("--as-of", type=click.DateTime(formats=["%Y-%m-%d"]), help="Default: the newest that has scenarios.")
def luck(as_of: datetime | None) -> None:
    """Judge every strategy on the full history, store the verdicts and print them."""
    import psycopg

    from tetra.cli_warehouse import writer_url
    from tetra.data.as_of_dates import with_scenarios
    from tetra.luck import runner

    with psycopg.connect(writer_url()) as connection:
        day = with_scenarios(connection, None if as_of is None else as_of.date())
        judged = runner.judge_all(connection, as_of=day)
        runner.store(connection, judged, as_of=day)
    click.echo(as_text(judged))


def as_text(judged: JudgedFamily) -> str:
    """Return the verdict table, then what is known of all strategies together."""
    family = judged.family
    lines = [ROW.format(*HEADINGS).rstrip(), *(_row(strategy, judged) for strategy in family.strategies)]
    lines += [
        "",
        f"{family.n_tested} strategies tested, {family.n_ever} ever tried ({_number(family.effective_trials, '.0f')}"
        f" effectively); skill is a StepM p-value up to {_number(family.level, '.3f')}",
        f"probability of backtest overfitting {_number(family.probability_of_backtest_overfitting, '.2f')},"
        f" SPA p-value {_number(family.spa_consistent, '.3f')}",
    ]
    return "\n".join(lines)


def _row(strategy: Luck, judged: JudgedFamily) -> str:
    from tetra.backtest.cells import PERIODS_PER_YEAR
    from tetra.data.luck_rows import OUT_OF_SAMPLE

    ranks = NOTHING
    if not math.isnan(strategy.rank_low):
        ranks = f"{strategy.rank_low:.0f}-{strategy.rank_high:.0f}"
    note = strategy.reason or ("out of sample" if judged.samples.get(strategy.name) == OUT_OF_SAMPLE else "")
    return ROW.format(
        strategy.name,
        strategy.verdict,
        strategy.n_sessions,
        _number(strategy.timing_sharpe_ratio * math.sqrt(PERIODS_PER_YEAR), ".2f"),
        _number(strategy.deflated_sharpe_ratio, ".2f"),
        _number(strategy.stepwise_p_value, ".3f"),
        _number(strategy.null_twin_p_value, ".3f"),
        ranks,
        note,
    ).rstrip()


def _number(value: float, form: str) -> str:
    return NOTHING if math.isnan(value) else format(value, form)
