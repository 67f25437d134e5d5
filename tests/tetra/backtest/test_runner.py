"""The runner on the real database: what is stored, that it repeats to the bit, and that failures lose nothing.

Prices are Apple's and Exxon's closes as skfolio ships them; the scenarios are windows of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.tetra.backtest.assessed import (
    AS_OF,
    CRASH,
    RALLY,
    SMA,
    STRATEGIES,
    SYMBOLS,
    assess,
    checksums,
    fetch,
)

from tetra.backtest import runner
from tetra.calendars import sessions_between
from tetra.data.prices import load_history
from tetra.errors import BacktestError, DataError, EmptyBatchError
from tetra.strategies import registry

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("configure")]


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
        + switch.replace("GROUPS", "[[ENGINE.A, ENGINE.B], [ENGINE.A, ENGINE.VIX]]")
        + "\n  engine_panel: {class: tetra.strategies.equal_weight.EqualWeight}\n"
        + "  engine_untested: "
        + switch.replace("GROUPS", "[[ENGINE.VIX, ENGINE.B]]")
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
    runner.begin(connection, as_of=date(1901, 1, 2))
    with pytest.raises(EmptyBatchError, match="no scenario is ready as of 1901-01-02"):
        runner.list_blocks(connection, as_of=date(1901, 1, 2))


def test_reports_are_json(landed: Any) -> None:
    report = assess(landed)
    assert Jsonb(report.as_json()).obj["as_of"] == "2021-06-29"
    assert report.as_json()["cells"] == report.cells


def test_sessions_of_the_fixture_are_the_exchanges() -> None:
    assert np.datetime64(AS_OF) in sessions_between("XNYS", date(2021, 6, 1), AS_OF)
