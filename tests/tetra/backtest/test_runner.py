"""The runner on the real database: what is stored, that it repeats to the bit, and that failures lose nothing.

Prices are Apple's and Exxon's closes as skfolio ships them; the scenarios are windows of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from tetra.backtest import runner
from tetra.calendars import sessions_between
from tetra.data.prices import load_history
from tetra.errors import BacktestError, DataError, EmptyBatchError
from tetra.strategies import registry

pytestmark = pytest.mark.postgres

AS_OF = date(2021, 6, 29)
CRASH = ("engine crash", date(2020, 2, 20), date(2020, 4, 30))
RALLY = ("engine rally", date(2020, 5, 1), date(2020, 7, 31))
SYMBOLS = ("ENGINE.A", "ENGINE.B", "ENGINE.VIX")
SMA = "tetra.strategies.sma_cross.SmaCross"
OWN_TABLES = ("backtest.results", "backtest.equity_curves", "backtest.trades", "strategies.signals", "backtest.runs")


@pytest.fixture(scope="module")
def closes() -> dict[str, dict[date, float]]:
    from skfolio.datasets import load_sp500_dataset

    frame = load_sp500_dataset().loc["2018-06-01":"2021-06-29"]
    real = {"ENGINE.A": frame["AAPL"], "ENGINE.B": frame["XOM"], "ENGINE.VIX": 1000.0 / frame["AAPL"]}
    return {symbol: {day.date(): float(close) for day, close in series.items()} for symbol, series in real.items()}


@pytest.fixture
def landed(connection: psycopg.Connection[Any], closes: dict[str, dict[date, float]]) -> Iterator[Any]:
    """The symbols' bars and two scenarios of the as-of date; removed again."""
    _clean(connection)
    with connection.transaction():
        connection.execute(
            "insert into market_data.exchanges values ('ENGINE', 'Engine tests', 'XNYS', 'America/New_York')"
        )
        for symbol in SYMBOLS:
            connection.execute(
                "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable)"
                " values (%s, %s, 'stock', 'ENGINE', 'USD', %s)",
                (symbol, symbol, symbol != "ENGINE.VIX"),
            )
            with connection.cursor() as cursor:
                cursor.executemany(
                    "insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source)"
                    " values (%s, '1d', %s::date::timestamp at time zone 'UTC', %s, 'total', 'tests')",
                    [(symbol, day, close) for day, close in closes[symbol].items()],
                )
        for name, start, end in (CRASH, RALLY):
            _store_scenario(connection, closes, name, start, end)
    yield connection
    connection.rollback()
    _clean(connection)


def _store_scenario(connection: Any, closes: dict[str, dict[date, float]], name: str, start: date, end: date) -> None:
    window = [day for day in closes["ENGINE.A"] if start <= day <= end]
    before = [day for day in closes["ENGINE.A"] if day < start][-252:]
    connection.execute(
        "insert into scenarios.definitions (as_of, scenario_name, scenario_type, scenario_family, status, start_date,"
        " end_date, sessions, warmup_start, warmup_end, seed, spread_multiplier, parameters, input_hash,"
        " code_hash)"
        " values (%s, %s, 'historical', 'crisis', 'ready', %s, %s, %s, %s, %s, 7, %s, %s, 'x', 'x')",
        (AS_OF, name, start, end, window, before[0], before[-1], [5.0] * len(window), Jsonb({"warmup_bars": 252})),
    )
    for symbol in SYMBOLS:
        connection.execute("insert into scenarios.symbols values (%s, %s, %s, true, 1.0, null)", (AS_OF, name, symbol))
        connection.execute(
            "insert into scenarios.paths (as_of, scenario_name, symbol, close) values (%s, %s, %s, %s)",
            (AS_OF, name, symbol, [closes[symbol][day] for day in window]),
        )


def _clean(connection: Any) -> None:
    with connection.transaction():
        for table in (*OWN_TABLES, "scenarios.definitions"):
            connection.execute(f"delete from {table} where as_of = %s", (AS_OF,))
        connection.execute("delete from strategies.definitions where strategy_name like 'engine_%%'", ())
        connection.execute("delete from backtest.trials where strategy_name like 'engine_%%'", ())
        connection.execute("delete from market_data.ohlcv where symbol = any(%s)", (list(SYMBOLS),))
        connection.execute("delete from market_data.instruments where symbol = any(%s)", (list(SYMBOLS),))
        connection.execute("delete from market_data.exchanges where exchange = 'ENGINE'")


STRATEGIES = f"""strategies:
  buy_and_hold: {{class: tetra.strategies.buy_and_hold.BuyAndHold}}
  cash: {{class: tetra.strategies.cash.Cash}}
  sma_20_50: {{class: {SMA}, parameters: {{fast: 20, slow: 50}}}}
  momentum: {{class: tetra.strategies.time_series_momentum.TimeSeriesMomentum}}
"""


@pytest.fixture(autouse=True)
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A strategies.yaml of the tests' own, with the shipped costs; the function writes another."""
    shipped = Path(__file__).resolve().parents[3] / "include" / "config" / "risk.yaml"
    (tmp_path / "risk.yaml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))

    def write(text: str) -> None:
        (tmp_path / "strategies.yaml").write_text(text, encoding="utf-8")

    write(STRATEGIES)
    return write


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


def test_every_strategy_is_stored_for_every_tradable_symbol_and_scenario(landed: Any) -> None:
    report = assess(landed)
    n_strategies = len(registry.enabled())
    assert (report.strategies, report.scenarios, report.cells) == (n_strategies, 2, n_strategies * 2 * 2)
    stored = fetch(landed, "select symbol, kind, count(*) from backtest.results where as_of = %s group by 1, 2", AS_OF)
    expected = {("ENGINE.A", "single"), ("ENGINE.B", "single"), ("PORTFOLIO", "portfolio")}
    assert {(symbol, kind) for symbol, kind, _ in stored} == expected
    assert {count for _, _, count in stored} == {n_strategies * 2}
    seed, cells = fetch(landed, "select seed, cells from backtest.runs where as_of = %s", AS_OF)[0]
    assert (seed, cells) == (7, n_strategies * 2 * 2)


def test_legs_and_panels_are_cells_beside_single_symbols(landed: Any, configure: Callable[[str], None]) -> None:
    switch = "{class: tetra.strategies.switch_relative_strength.SwitchRelativeStrength, parameters: {groups: GROUPS}}"
    configure(
        STRATEGIES
        + "  engine_switch: "
        + switch.replace("GROUPS", "[[ENGINE.A, ENGINE.B], [ENGINE.A, NOWHERE]]")
        + "\n  engine_panel: {class: tetra.strategies.equal_weight.EqualWeight}\n"
        + "  engine_untested: "
        + switch.replace("GROUPS", "[[NOWHERE, ENGINE.B]]")
        + "\n"
    )
    assess(landed)
    query = (
        "select strategy_name, symbol, kind, count(*) from backtest.results"
        " where as_of = %s and strategy_name like 'engine%%' group by 1, 2, 3 order by 1, 2"
    )
    assert fetch(landed, query, AS_OF) == [
        ("engine_panel", "PANEL", "panel", 2),
        ("engine_panel", "PORTFOLIO", "portfolio", 2),
        ("engine_switch", "ENGINE.A/ENGINE.B", "legs", 2),
        ("engine_switch", "PORTFOLIO", "portfolio", 2),
    ]
    same = (
        "select max(metric) - min(metric) from backtest.results"
        " cross join lateral unnest(array[total_return, sharpe_ratio, max_drawdown, turnover, costs_paid, exposure])"
        " with ordinality as metrics (metric, place)"
        " where as_of = %s and strategy_name = 'engine_panel' group by scenario_name, place"
    )
    differences = [row[0] for row in fetch(landed, same, AS_OF)]  # the portfolio of a panel is the panel's own
    assert len(differences) == 2 * 6
    assert max(differences) < 1e-12
    signals = (
        "select strategy_name, group_name, symbol from strategies.signals"
        " where as_of = %s and group_name <> '' and (strategy_name <> 'engine_panel' or symbol like 'ENGINE%%')"
        " order by 1, 2, 3"
    )
    assert fetch(landed, signals, AS_OF) == [
        ("engine_panel", "PANEL", "ENGINE.A"),
        ("engine_panel", "PANEL", "ENGINE.B"),
        ("engine_switch", "ENGINE.A/ENGINE.B", "ENGINE.A"),
        ("engine_switch", "ENGINE.A/ENGINE.B", "ENGINE.B"),
    ]


def test_buy_and_hold_is_stored_with_what_the_closes_say(landed: Any, closes: dict[str, dict[date, float]]) -> None:
    assess(landed)
    window = [np.float32(close) for day, close in closes["ENGINE.B"].items() if CRASH[1] <= day <= CRASH[2]]
    row = fetch(
        landed,
        "select total_return, costs_paid, trade_count, win_rate, undefined_reason, bars, excess_return, turnover"
        " from backtest.results where as_of = %s and scenario_name = %s and strategy_name = 'buy_and_hold'"
        " and symbol = 'ENGINE.B'",
        AS_OF,
        CRASH[0],
    )[0]
    # bought at the first window close: 5 bps commission and 5 bps half-spread times 5
    growth = float(window[-1]) / float(window[0])
    assert row[0] == pytest.approx(growth / 1.003 - 1.0, rel=1e-9)
    assert row[1] == pytest.approx(1.0 - 1.0 / 1.003, rel=1e-9)
    assert row[2:6] == (0, None, "no closed trade", len(window))
    assert row[6] == pytest.approx(growth / 1.003 - growth, rel=1e-9)
    assert row[7] == pytest.approx(1.0 / 1.003, rel=1e-9)


def test_cash_is_undefined_with_a_reason_and_never_zero(landed: Any) -> None:
    assess(landed)
    rows = fetch(
        landed,
        "select total_return, sharpe_ratio, undefined_reason from backtest.results"
        " where as_of = %s and strategy_name = 'cash'",
        AS_OF,
    )
    assert set(rows) == {(0.0, None, "no volatility; no losing session; no drawdown; no closed trade")}


def test_the_portfolios_curve_ends_at_its_total_return(landed: Any) -> None:
    assess(landed)
    rows = fetch(
        landed,
        "select cardinality(curves.equity), results.bars, curves.equity[results.bars], results.total_return"
        " from backtest.equity_curves as curves"
        " inner join backtest.results as results using (as_of, scenario_name, strategy_name, symbol)"
        " where as_of = %s and symbol = 'PORTFOLIO'",
        AS_OF,
    )
    assert len(rows) == 2 * len(registry.enabled())
    for length, bars, last, total_return in rows:
        assert length == bars
        assert last == pytest.approx(1.0 + total_return, rel=1e-6)


def test_signals_are_the_weights_after_the_last_session(landed: Any) -> None:
    assess(landed)
    stored = fetch(
        landed,
        "select strategy_name, symbol, target_weight from strategies.signals where as_of = %s and symbol = any(%s)",
        AS_OF,
        list(SYMBOLS),
    )
    with landed.transaction():
        history = load_history(landed, as_of=AS_OF, symbols=["ENGINE.A"])
    above = history.close[0, -20:].mean() > history.close[0, -50:].mean()
    weights = {(strategy, symbol): weight for strategy, symbol, weight in stored}
    assert weights["sma_20_50", "ENGINE.A"] == float(above)
    assert weights["buy_and_hold", "ENGINE.B"] == 1.0
    assert {symbol for _, symbol in weights} == {"ENGINE.A", "ENGINE.B"}
    assert len(weights) == 2 * len(registry.enabled())


def test_a_symbol_without_a_bar_on_the_last_session_has_no_signal(landed: Any) -> None:
    with landed.transaction():
        landed.execute("delete from market_data.ohlcv where symbol = 'ENGINE.B' and ts >= '2021-06-29'")
    assess(landed)
    query = "select distinct symbol from strategies.signals where as_of = %s and symbol = any(%s)"
    assert fetch(landed, query, AS_OF, list(SYMBOLS)) == [("ENGINE.A",)]


def test_a_second_run_gives_the_same_rows_to_the_bit(landed: Any) -> None:
    assess(landed)
    first = checksums(landed)
    assess(landed)
    assert checksums(landed) == first


def test_what_is_stored_survives_the_connection(landed: Any, warehouse: Any) -> None:
    assess(landed)
    with psycopg.connect(warehouse.url("reader")) as other:
        assert checksums(other) == checksums(landed)


def test_a_failing_block_loses_nothing(landed: Any) -> None:
    assess(landed)
    before = checksums(landed)
    with pytest.raises(DataError, match="unknown ready scenario 'engine crahs'; did you mean 'engine crash'"):
        runner.run_block(landed, as_of=AS_OF, scenario_names=["engine rally", "engine crahs"])
    assert checksums(landed) == before


def test_a_scenario_that_is_no_longer_ready_leaves_no_results(landed: Any) -> None:
    assess(landed)
    with landed.transaction():
        landed.execute("delete from scenarios.definitions where as_of = %s and scenario_name = %s", (AS_OF, RALLY[0]))
    report = runner.finish(landed, as_of=AS_OF)
    assert report.scenarios == 1
    assert report.deleted > len(registry.enabled()) * (2 + 1 + 1)  # cells, portfolio, curve; top cells and trades
    for table in ("backtest.results", "backtest.equity_curves", "backtest.trades"):
        query = f"select distinct scenario_name from {table} where as_of = %s"
        assert fetch(landed, query, AS_OF) == [(CRASH[0],)]


def test_finishing_before_a_block_has_run_raises_and_names_the_scenario(landed: Any) -> None:
    runner.begin(landed, as_of=AS_OF)
    runner.run_block(landed, as_of=AS_OF, scenario_names=[CRASH[0]])
    with pytest.raises(BacktestError, match="no results as of 2021-06-29 for engine rally"):
        runner.finish(landed, as_of=AS_OF)


def test_a_dropped_strategy_is_disabled_leaves_the_results_and_stays_a_trial(
    landed: Any, configure: Callable[[str], None]
) -> None:
    both = f"engine_a: {{class: {SMA}, parameters: {{fast: 3, slow: 9}}}}"
    dropped = f"engine_b: {{class: {SMA}, parameters: {{fast: 4, slow: 9}}}}"
    configure(f"strategies: {{{both}, {dropped}}}")
    assess(landed)
    configure(f"strategies: {{{both}}}")
    assess(landed)
    definitions = (
        "select strategy_name, is_enabled from strategies.definitions where strategy_name like 'engine%%' order by 1"
    )
    assert fetch(landed, definitions) == [("engine_a", True), ("engine_b", False)]
    tested = "select distinct strategy_name from backtest.results where as_of = %s"
    assert fetch(landed, tested, AS_OF) == [("engine_a",)]
    trials = "select strategy_name from backtest.trials where strategy_name like 'engine%%' order by 1"
    assert fetch(landed, trials) == [("engine_a",), ("engine_b",)]


def test_a_trial_is_counted_once_and_its_dates_widen(landed: Any, configure: Callable[[str], None]) -> None:
    configure(f"strategies: {{engine_a: {{class: {SMA}, parameters: {{fast: 3, slow: 9}}}}}}")
    for as_of in (date(2021, 6, 29), date(2021, 7, 1), date(2021, 6, 30), date(2021, 6, 28)):
        runner.begin(landed, as_of=as_of)
    query = "select first_as_of, last_as_of, parameters from backtest.trials where strategy_name like 'engine%%'"
    assert fetch(landed, query) == [(date(2021, 6, 28), date(2021, 7, 1), {"fast": 3, "slow": 9})]


PEEKING = (
    "import numpy as np\n"
    "from tetra.strategies.cash import Cash\n\n\n"
    "class Peeking(Cash):\n"
    "    def target_weights(self, prices):\n"
    "        return np.where(np.roll(prices.close, -1, axis=1) > prices.close, 1.0, 0.0)\n"
)


@pytest.fixture
def peeking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An entry of a strategy that looks ahead."""
    (tmp_path / "engine_peeking.py").write_text(PEEKING, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "engine_peeking: {class: engine_peeking.Peeking}"


def test_a_peeking_strategy_is_listed_as_rejected_and_the_others_run(
    landed: Any, configure: Callable[[str], None], peeking: str
) -> None:
    configure(f"strategies: {{{peeking}, engine_a: {{class: {SMA}, parameters: {{fast: 3, slow: 9}}}}}}")
    assert runner.begin(landed, as_of=AS_OF).rejected == ["engine_peeking"]
    assess(landed)
    query = (
        "select strategy_name, audit_status, audit_detail from strategies.definitions"
        " where strategy_name like 'engine%%' order by 1"
    )
    passed, rejected = fetch(landed, query)
    assert passed == ("engine_a", "passed", None)
    assert rejected[:2] == ("engine_peeking", "rejected: look-ahead")
    assert "the weight of" in rejected[2]
    assert "on bar" in rejected[2]
    for table in ("backtest.results", "strategies.signals"):
        assert fetch(landed, f"select distinct strategy_name from {table} where as_of = %s", AS_OF) == [("engine_a",)]
    assert fetch(landed, "select strategy_name from backtest.trials where strategy_name like 'engine%%'") == [
        ("engine_a",)
    ]


def test_a_run_of_peeking_strategies_alone_raises_and_says_so(
    landed: Any, configure: Callable[[str], None], peeking: str
) -> None:
    configure(f"strategies: {{{peeking}}}")
    with pytest.raises(
        BacktestError, match="no enabled strategy passed the look-ahead guard: strategy 'engine_peeking'"
    ):
        runner.begin(landed, as_of=AS_OF)
    query = "select audit_status from strategies.definitions where strategy_name = 'engine_peeking'"
    assert fetch(landed, query) == [("rejected: look-ahead",)]


def test_a_strategy_that_cannot_be_audited_is_listed_with_the_reason_and_the_others_run(
    landed: Any, configure: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = PEEKING.replace("Peeking", "Failing").replace("np.where(np.roll(prices.close, -1, axis=1) > ", "np.full(2, ")
    (tmp_path / "engine_failing.py").write_text(text.replace("prices.close, 1.0, 0.0)", "1.0)"), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    good = f"engine_a: {{class: {SMA}, parameters: {{fast: 3, slow: 9}}}}"
    configure(f"strategies: {{engine_failing: {{class: engine_failing.Failing}}, {good}}}")
    assert runner.begin(landed, as_of=AS_OF).rejected == ["engine_failing"]
    assess(landed)
    query = "select audit_status, audit_detail from strategies.definitions where strategy_name = 'engine_failing'"
    ((status, reason),) = fetch(landed, query)
    assert status == "not audited"
    assert "weights of shape (2,)" in reason
    assert fetch(landed, "select distinct strategy_name from backtest.results where as_of = %s", AS_OF) == [
        ("engine_a",)
    ]


def test_a_combination_of_a_plan_that_looks_ahead_rejects_the_strategy(
    landed: Any, configure: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "engine_lagged.py").write_text(
        "from dataclasses import dataclass\nimport numpy as np\nfrom tetra.strategies.cash import Cash\n\n\n"
        "@dataclass(frozen=True)\nclass Lagged(Cash):\n    lag: int = 1\n\n"
        "    def target_weights(self, prices):\n"
        "        return np.where(np.roll(prices.close, self.lag, axis=1) < prices.close, 1.0, 0.0)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    plan = "walk_forward: {grid: {lag: [0, -2]}, train_size: 50, test_size: 20}"
    good = f"engine_a: {{class: {SMA}, parameters: {{fast: 3, slow: 9}}}}"
    entry = f"engine_lagged: {{class: engine_lagged.Lagged, parameters: {{lag: 0}}, {plan}}}"
    configure(f"strategies: {{{entry}, {good}}}")
    assert runner.begin(landed, as_of=AS_OF).rejected == ["engine_lagged"]
    query = "select audit_detail from strategies.definitions where strategy_name = 'engine_lagged'"
    assert "engine_lagged with {'lag': -2}' looks ahead" in fetch(landed, query)[0][0].replace('"', "'")


def test_a_strategy_added_after_the_run_began_raises(landed: Any, configure: Callable[[str], None]) -> None:
    first = f"engine_a: {{class: {SMA}, parameters: {{fast: 3, slow: 9}}}}"
    configure(f"strategies: {{{first}}}")
    runner.begin(landed, as_of=AS_OF)
    configure(f"strategies: {{{first}, engine_b: {{class: {SMA}, parameters: {{fast: 4, slow: 9}}}}}}")
    with pytest.raises(BacktestError, match="'engine_b' was changed or added since the run began"):
        runner.run_block(landed, as_of=AS_OF, scenario_names=[CRASH[0]])


def test_the_best_cells_have_curves_and_trades_that_agree_with_their_results(landed: Any) -> None:
    assess(landed)
    query = (
        "select results.scenario_name, results.total_return, results.trade_count, curves.equity[results.bars],"
        " count(trades.*) filter (where exit_date is not null),"
        " exp(sum(ln(1 + trades.trade_return))) - 1, bool_or(trades.exit_date is null)"
        " from backtest.results inner join backtest.equity_curves as curves"
        " using (as_of, scenario_name, strategy_name, symbol)"
        " inner join backtest.trades using (as_of, scenario_name, strategy_name, symbol)"
        " where as_of = %s group by 1, 2, 3, 4"
    )
    rows = fetch(landed, query, AS_OF)
    assert {row[0] for row in rows} == {CRASH[0], RALLY[0]}
    for _, total_return, trade_count, last, closed, compounded, _ in rows:
        assert closed == trade_count
        assert last == pytest.approx(1.0 + total_return, rel=1e-6)
        # between trades nothing is earned, so they compound to the whole
        assert compounded == pytest.approx(total_return, rel=1e-9)


def test_a_date_without_scenarios_raises(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(EmptyBatchError, match="no scenario is ready as of 1901-01-02"):
        runner.list_blocks(connection, as_of=date(1901, 1, 2))


def test_reports_are_json(landed: Any) -> None:
    report = assess(landed)
    assert Jsonb(report.as_json()).obj["as_of"] == "2021-06-29"
    assert report.as_json()["cells"] == report.cells


def test_sessions_of_the_fixture_are_the_exchanges() -> None:
    assert np.datetime64(AS_OF) in sessions_between("XNYS", date(2021, 6, 1), AS_OF)
