"""An as-of date with two scenarios of real closes: its names, how it is assessed, and how what is stored is read."""

from __future__ import annotations

from datetime import date
from typing import Any

from tetra.backtest import runner

AS_OF = date(2021, 6, 29)
CRASH = ("engine crash", date(2020, 2, 20), date(2020, 4, 30))
RALLY = ("engine rally", date(2020, 5, 1), date(2020, 7, 31))
SYMBOLS = ("ENGINE.A", "ENGINE.B", "ENGINE.VIX")
SMA = "tetra.strategies.sma_cross.SmaCross"
OWN_TABLES = ("backtest.results", "backtest.equity_curves", "backtest.trades", "strategies.signals", "backtest.runs")


STRATEGIES = f"""strategies:
  buy_and_hold: {{class: tetra.strategies.buy_and_hold.BuyAndHold}}
  cash: {{class: tetra.strategies.cash.Cash}}
  sma_20_50: {{class: {SMA}, parameters: {{fast: 20, slow: 50}}}}
  momentum: {{class: tetra.strategies.time_series_momentum.TimeSeriesMomentum}}
"""


def assess(connection: Any) -> runner.RunReport:
    runner.begin(connection, as_of=AS_OF)
    for names in runner.list_blocks(connection, as_of=AS_OF):
        runner.run_block(connection, as_of=AS_OF, scenario_names=names)
    return runner.finish(connection, as_of=AS_OF)


def checksums(connection: Any) -> dict[str, str]:
    def checksum(table: str) -> str:
        rows = f"select stored::text as line from {table} as stored where as_of = %s"
        query = f"select md5(string_agg(line, chr(10) order by line)) from ({rows}) as lines"
        return str(connection.execute(query, (AS_OF,)).fetchone()[0])

    with connection.transaction():
        return {table: checksum(table) for table in OWN_TABLES}


def fetch(connection: Any, query: str, *parameters: Any) -> list[Any]:
    with connection.transaction():
        return connection.execute(query, parameters).fetchall()
