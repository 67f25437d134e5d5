"""Made-up backtest results, stored as a run stores them, and what the marts are held against."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from tetra.typing import FloatArray

FIRST, SECOND, OLDER = "2021-03-31", "2021-04-01", "2015-06-01"
WEIGHTS = {"sharpe_ratio": 0.35, "total_return": 0.25, "max_drawdown": 0.25, "calmar_ratio": 0.15}
SCENARIOS = {
    "Crash A": "crisis",
    "Rally A": "bull",
    "Bootstrap 1": "bootstrap",
    "Bootstrap 2": "bootstrap",
    "Bootstrap 3": "bootstrap",
    "Full History": "full_history",
}
STRATEGIES = {
    "buy_and_hold": "baseline",
    "cash": "baseline",
    "momentum_12_1": "momentum",
    "sma_20_50": "trend",
}
SYMBOLS = ("AAPL", "JPM", "WTI")
MARTS = ("backtest_results", "strategy_rankings", "scenario_performance", "survival_matrix", "strategy_correlations")
SESSIONS = {"Full History": 300, "Crash A": 40}
"""Of the scenarios that correlations are taken in; two of the others."""


def make_results(seed: int) -> pd.DataFrame:
    """Results of every strategy, scenario and symbol; cash never moves, so its ratios are undefined."""
    rng = np.random.default_rng(seed)
    rows = []
    for scenario in SCENARIOS:
        for strategy in STRATEGIES:
            for symbol in (*SYMBOLS, "PORTFOLIO"):
                # rounded, so that ties happen
                drawdown = 0.0 if strategy == "cash" else -round(rng.uniform(0.05, 0.45), 2)
                total = 0.0 if strategy == "cash" else round(rng.normal(0.05, 0.2), 2)
                rows.append(
                    {
                        "scenario_name": scenario,
                        "strategy_name": strategy,
                        "symbol": symbol,
                        "kind": "portfolio" if symbol == "PORTFOLIO" else "single",
                        "total_return": total,
                        "sharpe_ratio": None if strategy == "cash" else round(total * 3, 1),
                        "calmar_ratio": None if strategy == "cash" else total / -drawdown,
                        "max_drawdown": drawdown,
                        "undefined_reason": "no volatility" if strategy == "cash" else None,
                    }
                )
    return pd.DataFrame(rows)


def store(connection: psycopg.Connection[Any], as_of: str, results: pd.DataFrame) -> None:
    """Store results with the strategies, scenarios and run they belong to."""
    for name, category in STRATEGIES.items():
        connection.execute(
            "insert into strategies.definitions values (%s, %s, 'single', 'x', '{}', %s, true) on conflict do nothing",
            [name, category, name],
        )
    for name, family in SCENARIOS.items():
        sessions = [date(2014, 1, 2) + timedelta(days=day) for day in range(SESSIONS.get(name, 2))]
        connection.execute(
            "insert into scenarios.definitions (as_of, scenario_name, scenario_type, scenario_family, status,"
            " start_date, end_date, sessions, input_hash, code_hash) values"
            " (%s, %s, 'historical', %s, 'ready', %s, %s, %s, '', '')",
            [as_of, name, family, sessions[0], sessions[-1], sessions],
        )
    for row in results.astype(object).where(results.notna(), None).to_dict("records"):
        columns = ", ".join(row)
        values = ", ".join(f"%({column})s" for column in row)
        connection.execute(
            f"insert into backtest.results (as_of, bars, {columns}) values (%(as_of)s, 2, {values})",
            {"as_of": as_of, **row},
        )
    for (scenario, strategy), equity in make_curves(as_of).items():
        connection.execute(
            "insert into backtest.equity_curves values (%s, %s, %s, 'PORTFOLIO', %s)",
            [as_of, scenario, strategy, equity.tolist()],
        )
    store_luck(connection, as_of)
    cells = int((results["kind"] != "portfolio").sum())
    connection.execute("insert into backtest.runs values (%s, 1, '', '', 1, 2, 4, 6, %s)", [as_of, cells])


def make_curves(as_of: str) -> dict[tuple[str, str], FloatArray]:
    """Return equity of each portfolio in two scenarios; the trend follower was not tested in the crash."""
    rng = np.random.default_rng(date.fromisoformat(as_of).toordinal())
    curves = {}
    for scenario, sessions in SESSIONS.items():
        market = rng.normal(0, 0.01, sessions)
        for number, strategy in enumerate(STRATEGIES):
            own = rng.normal(0, 0.01, sessions)
            returns = np.zeros(sessions) if strategy == "cash" else (1 - number / 4) * market + number / 4 * own
            if (scenario, strategy) != ("Crash A", "sma_20_50"):
                curves[scenario, strategy] = np.cumprod(1 + returns).astype(np.float32)
    return curves


def store_luck(connection: psycopg.Connection[Any], as_of: str) -> None:
    """Store a verdict on every strategy; constant weights are not tested."""
    for number, strategy in enumerate(sorted(STRATEGIES), start=1):
        constant = STRATEGIES[strategy] == "baseline"
        connection.execute(
            "insert into backtest.luck (as_of, strategy_name, verdict, verdict_reason, sample, sessions,"
            " stepwise_p_value, rank_low, rank_high) values (%s, %s, %s, %s, 'full_history', 300, %s, %s, %s)",
            [
                as_of,
                strategy,
                "not tested" if constant else "not proven",
                "constant weights" if constant else None,
                None if constant else number / 10,
                number,
                number + 1,
            ],
        )
    connection.execute(
        "insert into backtest.luck_families (as_of, seed, strategies_tested, trials_ever, effective_trials,"
        " probability_of_backtest_overfitting, spa_lower_p_value, spa_consistent_p_value, spa_upper_p_value,"
        " skill_level) values (%s, 1, 2, 9, 1.5, 0.4, 0.1, 0.2, 0.3, 0.05 * 2 / 9)",
        [as_of],
    )


def build_first(dbt: Any, results: pd.DataFrame) -> None:
    """Store results of the first date and build the assessment on the views it reads, without the rest of `derived`."""
    with dbt.connect() as connection:
        store(connection, FIRST, results)
    outcome = dbt("run", "--select", "+tag:assessment,path:models/staging", as_of=FIRST)
    assert outcome.returncode == 0, outcome.output
    dbt.build("assessment", FIRST)


def rank_again(dbt: Any, as_of: str, *selected: str) -> None:
    """Build models again without their tests; all of the assessment when none are named."""
    outcome = dbt("run", "--select", *(selected or ("tag:assessment",)), as_of=as_of)
    assert outcome.returncode == 0, outcome.output


def read(dbt: Any, statement: str) -> pd.DataFrame:
    """Return what a statement answers to the reader."""
    with psycopg.connect(dbt.reader_url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        names = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names)


def rows_of(dbt: Any, table: str, run_date: str) -> str:
    """Return a hash of all rows of a mart and date."""
    rows = f"select t::text as line from assessment.{table} as t where run_date = '{run_date}'"
    return str(read(dbt, f"select md5(string_agg(line, '' order by line)) from ({rows}) as lines").iat[0, 0])


def expected_scores(results: pd.DataFrame) -> pd.Series:
    """The definition in its plainest form: mean ranks by pandas; cash's undefined ratios stand at zero."""
    points = pd.Series(0.0, index=results.index)
    weights = pd.Series(0.0, index=results.index)
    for metric, weight in WEIGHTS.items():
        values = results[metric].astype(float)
        if metric.endswith("_ratio"):
            values = values.mask(values.isna() & (results["total_return"] == 0), 0.0)
        groups = values.groupby([results["scenario_name"], results["kind"]])
        percentile = 100 * (groups.rank(method="average") - 0.5) / groups.transform("count")
        points += weight * percentile.fillna(0.0)
        weights += weight * percentile.notna()
    return points / weights
