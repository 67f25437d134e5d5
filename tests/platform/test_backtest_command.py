"""`tetra backtest` on a real database: what it shows of a cell is what the assessment stored of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.rows import dict_row
from tests.tetra.scenarios.landed_market import AS_OF, SYMBOLS, landed_market, write_catalogue

from tetra.backtest import runner
from tetra.backtest.cell_text import UNITS
from tetra.backtest.columns import METRICS
from tetra.backtest.one_cell import CellView, view_cell
from tetra.cli import main
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate

pytestmark = pytest.mark.postgres

CONFIG = Path(__file__).resolve().parents[2] / "include" / "config"
GROUP = f"{SYMBOLS[0]}/{SYMBOLS[1]}"
STRATEGIES = f"""
strategies:
  cash: {{class: tetra.strategies.cash.Cash}}
  quick: {{class: tetra.strategies.sma_cross.SmaCross, parameters: {{fast: 3, slow: 9}}}}
  switch:
    class: tetra.strategies.switch_relative_strength.SwitchRelativeStrength
    parameters: {{groups: [[{SYMBOLS[0]}, {SYMBOLS[1]}]], lookback: 20, decide_every: 5}}
  winners:
    class: tetra.strategies.cross_sectional_momentum.CrossSectionalMomentum
    parameters: {{lookback: 30, skip: 2, rebalance_every: 5}}
  tomorrow: {{class: cells_peeking.Tomorrow, enabled: false}}
  calm: {{class: tetra.strategies.vix_filter.VixFilter, enabled: false}}
  strangers:
    class: tetra.strategies.switch_relative_strength.SwitchRelativeStrength
    parameters: {{groups: [[{SYMBOLS[0]}, ELSEWHERE]], lookback: 20, decide_every: 5}}
    enabled: false
"""
PEEKING = (
    "import numpy as np\n"
    "from tetra.strategies.cash import Cash\n\n\n"
    "class Tomorrow(Cash):\n"
    "    def target_weights(self, prices):\n"
    "        return np.where(np.roll(prices.close, -1, axis=1) > prices.close, 1.0, 0.0)\n"
)
TABLES = ("backtest.results", "backtest.equity_curves", "backtest.trades", "strategies.signals", "backtest.runs")


@pytest.fixture(scope="module")
def assessed(warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A small market, scenarios of it, and the assessment of five strategies, one of which peeks."""
    folder = tmp_path_factory.mktemp("config")
    write_catalogue(folder)
    shutil.copy(CONFIG / "risk.yaml", folder)
    (folder / "strategies.yaml").write_text(STRATEGIES, encoding="utf-8")
    (folder / "cells_peeking.py").write_text(PEEKING, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, psycopg.connect(warehouse.url("writer")) as connection:
        patch.syspath_prepend(str(folder))
        patch.setenv("TETRA_CONFIG_DIR", str(folder))
        patch.setenv("TETRA_STATE_DIR", str(folder / "state"))
        patch.setenv("TETRA_WRITER_URL", warehouse.url("writer"))
        with landed_market(connection):
            generate(connection, as_of=AS_OF, seed=7, request=GenerationRequest(types=("historical",)), workers=1)
            runner.begin(connection, as_of=AS_OF)
            for names in runner.list_blocks(connection, as_of=AS_OF):
                runner.run_block(connection, as_of=AS_OF, scenario_names=names)
            runner.finish(connection, as_of=AS_OF)
            yield connection
            connection.rollback()
            with connection.transaction():
                for table in TABLES:
                    connection.execute(f"delete from {table} where as_of = %s", (AS_OF,))
                own = ("quick", "switch", "winners", "tomorrow", "calm", "strangers")
                for table in ("strategies.definitions", "backtest.trials"):
                    connection.execute(f"delete from {table} where strategy_name = any(%s)", (list(own),))


def command(*options: str) -> Result:
    return CliRunner().invoke(main, ["backtest", *options])


def cell(strategy: str, symbol: str, scenario: str = "Spring") -> tuple[str, ...]:
    return ("--strategy", strategy, "--symbol", symbol, "--scenario", scenario, "--as-of", AS_OF.isoformat())


def view(connection: Any, strategy: str, symbol: str, scenario: str = "Spring") -> CellView:
    return view_cell(connection, as_of=AS_OF, strategy_name=strategy, symbol=symbol, scenario_name=scenario)


def test_every_cell_shows_exactly_what_is_stored_of_it(assessed: Any) -> None:
    with assessed.transaction(), assessed.cursor(row_factory=dict_row) as cursor:
        stored = cursor.execute("select * from backtest.results where as_of = %s", (AS_OF,)).fetchall()
    assert {row["kind"] for row in stored} == {"single", "legs", "panel", "portfolio"}
    for row in stored:
        seen = view(assessed, row["strategy_name"], row["symbol"], row["scenario_name"])
        metrics = {name: None if np.isnan(seen.metric(name)) else seen.metric(name) for name in METRICS}
        assert metrics == {name: row[name] for name in METRICS}, (row["strategy_name"], row["symbol"])
        assert (seen.undefined_reason, seen.sessions.size) == (row["undefined_reason"], row["bars"])


def test_the_trades_of_a_cell_compound_to_its_return(assessed: Any) -> None:
    seen = view(assessed, "quick", SYMBOLS[0])
    closed = [trade for trade in seen.trades if trade.exit_date is not None]
    assert len(closed) == seen.metric("trade_count") > 0
    assert {trade.exit_reason for trade in seen.trades if trade.exit_date is None} <= {"open_at_end"}
    compounded = np.prod([1.0 + trade.trade_return for trade in seen.trades]) - 1.0
    assert compounded == pytest.approx(seen.metric("total_return"), rel=1e-9)
    days = set(seen.sessions.tolist())
    assert all(trade.entry_date in days and trade.entry_date < trade.exit_date for trade in closed)


def test_a_portfolio_has_the_trades_of_all_its_cells(assessed: Any) -> None:
    together = view(assessed, "quick", "PORTFOLIO")
    closed = [trade for trade in together.trades if trade.exit_date is not None]
    assert len(closed) == together.metric("trade_count")
    assert len({trade.symbol for trade in together.trades}) > 1
    assert [trade.entry_date for trade in together.trades] == sorted(trade.entry_date for trade in together.trades)
    assert together.equity[-1] == pytest.approx(1.0 + together.metric("total_return"), rel=1e-12)


def test_all_metrics_are_printed_with_their_units_and_the_trades_below(assessed: Any) -> None:
    result = command(*cell("quick", SYMBOLS[0]))
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == f"quick on {SYMBOLS[0]} in Spring (bull), as of {AS_OF}"
    assert lines[1] == "1963-03-01 to 1963-04-30, 43 sessions"
    seen = view(assessed, "quick", SYMBOLS[0])
    assert [line.split()[0] for line in lines[3 : 3 + len(METRICS)]] == list(METRICS)
    assert f"{100.0 * seen.metric('total_return'):,.2f}   %" in lines[3]
    assert re.search(r"^drawdown_duration +\d+ +sessions$", result.output, re.M)
    assert f"{len(seen.trades)} trades" in lines
    first = seen.trades[0]
    assert f"{first.entry_date}  {first.exit_date}  {SYMBOLS[0]}  long" in result.output
    assert f"{100.0 * first.trade_return:,.2f} %  signal" in result.output


def test_what_is_undefined_says_why(assessed: Any) -> None:
    output = command(*cell("cash", SYMBOLS[0])).output
    reasons = dict(re.findall(r"^(\w+) +- +undefined: (.*)$", output, re.M))
    assert reasons == {
        "sharpe_ratio": "no volatility",
        "sortino_ratio": "no losing session",
        "calmar_ratio": "no drawdown",
        "skew": "no volatility",
        "excess_kurtosis": "no volatility",
        "win_rate": "no closed trade",
        "profit_factor": "no closed trade",
        "expected_value": "no closed trade",
    }
    assert "no trades" in output


def test_every_metric_has_a_unit() -> None:
    assert list(UNITS) == list(METRICS)


@pytest.mark.parametrize(("strategy", "symbol"), [("switch", GROUP), ("winners", "PANEL"), ("winners", "PORTFOLIO")])
def test_groups_panels_and_portfolios_are_cells_too(assessed: Any, strategy: str, symbol: str) -> None:
    result = command(*cell(strategy, symbol))
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"{strategy} on {symbol} in Spring")


def test_the_newest_date_with_scenarios_is_the_default(assessed: Any) -> None:
    with assessed.transaction():
        query = "select max(as_of) from scenarios.definitions where status = 'ready' and is_active"
        newest = assessed.execute(query).fetchone()[0]
    result = command(*cell("cash", SYMBOLS[0])[:-2])
    if newest == AS_OF:
        assert result.output.splitlines()[0].endswith(f"as of {AS_OF}")
    else:  # another test's date: the scenario is not there, and the message says which date was looked at
        assert f"as of {newest}: unknown ready scenario 'Spring'" in result.output


@pytest.mark.parametrize(("symbol", "suffix"), [(SYMBOLS[0], ".png"), (GROUP, ".png"), ("PORTFOLIO", ".svg")])
def test_a_picture_is_written(assessed: Any, tmp_path: Path, symbol: str, suffix: str) -> None:
    file = tmp_path / f"cell{suffix}"
    file.write_text("an older one", encoding="utf-8")
    result = command(*cell("switch" if symbol == GROUP else "quick", symbol), "--picture", str(file))
    assert result.exit_code == 0, result.output
    assert f"{file}: equity and drawdown" in result.output
    content = file.read_bytes()
    assert content.startswith(b"\x89PNG" if suffix == ".png" else b"<?xml")
    assert len(content) > 20_000
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_picture_shows_the_cell(assessed: Any) -> None:
    from tetra.backtest.picture import draw

    seen = view(assessed, "quick", SYMBOLS[0])
    figure = draw(seen)
    above, below = figure.axes
    assert above.get_title(loc="left") == f"quick on {SYMBOLS[0]} in Spring\n"
    assert f"as of {AS_OF}" in above.texts[0].get_text()
    curves = {line.get_label(): line.get_ydata() for line in above.get_lines()}
    np.testing.assert_array_equal(curves["quick"], seen.equity)
    np.testing.assert_array_equal(curves["buy and hold, without costs"], seen.benchmark_equity)
    assert min(below.get_lines()[1].get_ydata()) == pytest.approx(100.0 * seen.metric("max_drawdown"), rel=1e-9)
    opened, _closed = above.collections
    assert len(opened.get_offsets()) == len(seen.trades)


def test_who_looks_ahead_is_shown_with_a_warning(assessed: Any) -> None:
    result = command(*cell("tomorrow", SYMBOLS[0]))
    assert result.exit_code == 0, result.output
    assert "not to be believed: tomorrow looks ahead: the weight of MADE" in result.stderr
    assert "not to be believed" not in command(*cell("quick", SYMBOLS[0])).stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (cell("quik", SYMBOLS[0]), "unknown strategy 'quik'; did you mean 'quick'?"),
        (cell("quick", "SCN.AAAA"), "unknown cell of 'quick' in 'Spring' 'SCN.AAAA'; did you mean 'SCN.AAA'?"),
        (cell("calm", SYMBOLS[0]), "'calm' is not tested in 'Spring': it reads VIX, which the scenario lacks"),
        (cell("strangers", "PORTFOLIO"), f"no group of {SYMBOLS[0]}/ELSEWHERE has all its symbols there"),
        ((*cell("quick", SYMBOLS[0])[:-1], "1901-01-02"), "no scenario is ready as of 1901-01-02; choose one of "),
        (cell("quick", "PORTFOLI"), "did you mean 'PORTFOLIO'?"),
        (cell("switch", SYMBOLS[0]), f"did you mean '{GROUP}'?"),
        (cell("winners", "PANNEL"), "did you mean 'PANEL'?"),
        (cell("quick", SYMBOLS[0], "Sprign"), "unknown ready scenario 'Sprign'; did you mean 'Spring'?"),
        ((*cell("quick", SYMBOLS[0])[:-1], "1963-13-01"), "'1963-13-01' does not match the format '%Y-%m-%d'"),
        ((*cell("quick", SYMBOLS[0]), "--picture", "cell.pgn"), "unknown format of pictures '.pgn'; did you mean"),
        ((*cell("quick", SYMBOLS[0]), "--picture", "nowhere/cell.png"), "nowhere does not exist; make the folder"),
    ],
)
def test_a_wrong_value_is_named_with_the_nearest_valid_one(
    assessed: Any, options: tuple[str, ...], message: str
) -> None:
    result = command(*options)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
