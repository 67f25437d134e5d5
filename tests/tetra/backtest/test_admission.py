"""Which strategies a run assesses: those that look ahead, fail or were changed are named, and the others go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.tetra.backtest.assessed import (
    AS_OF,
    CRASH,
    SMA,
    assess,
    fetch,
)

from tetra.backtest import runner
from tetra.errors import BacktestError, StrategyError

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("configure")]


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


def test_a_strategy_that_never_traded_on_the_audits_prices_is_not_said_to_be_exercised(
    landed: Any, configure: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # it peeks, but at a symbol that the audit's made-up prices do not have
    text = PEEKING.replace("1.0, 0.0)", "1.0, 0.0) * np.array([[name == 'AAPL'] for name in prices.symbols])")
    (tmp_path / "engine_picky.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    configure(f"strategies: {{engine_picky: {{class: engine_picky.Peeking}}, engine_a: {{class: {SMA}}}}}")
    runner.begin(landed, as_of=AS_OF)
    query = "select audit_status, audit_detail from strategies.definitions where strategy_name = 'engine_picky'"
    told = "not exercised: engine_picky never traded on the audit's prices"
    assert fetch(landed, query) == [("passed", told)]


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


def test_a_misspelt_leg_is_named_with_the_nearest_instrument(landed: Any, configure: Callable[[str], None]) -> None:
    switch = "tetra.strategies.switch_relative_strength.SwitchRelativeStrength"
    configure(f"strategies: {{engine_a: {{class: {switch}, parameters: {{groups: [[ENGINE.A, ENGIN.B]]}}}}}}")
    with pytest.raises(StrategyError, match=r"'engine_a': unknown symbol 'ENGIN\.B'; did you mean 'ENGINE\.B'"):
        runner.begin(landed, as_of=AS_OF)


def test_a_changed_cost_after_the_run_began_raises(
    landed: Any, configure: Callable[[str], None], tmp_path: Path
) -> None:
    runner.begin(landed, as_of=AS_OF)
    risk = tmp_path / "risk.yaml"
    risk.write_text(risk.read_text().replace("commission_bps: 5.0", "commission_bps: 6.0"))
    with pytest.raises(BacktestError, match="configuration, was changed since the run began"):
        runner.run_block(landed, as_of=AS_OF, scenario_names=[CRASH[0]])


def test_a_strategy_that_fails_on_real_prices_is_named_with_the_scenario(
    landed: Any, configure: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "engine_fragile.py").write_text(
        "from tetra.strategies.cash import Cash\n\n\nclass Fragile(Cash):\n"
        "    def target_weights(self, prices):\n"
        "        return super().target_weights(prices) / (1 // ('ENGINE.A' not in prices.symbols))\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    configure("strategies: {engine_fragile: {class: engine_fragile.Fragile}}")
    runner.begin(landed, as_of=AS_OF)
    with pytest.raises(StrategyError, match="'engine_fragile' fails in 'engine crash': ZeroDivisionError"):
        runner.run_block(landed, as_of=AS_OF, scenario_names=[CRASH[0]])


def test_a_strategy_added_after_the_run_began_raises(landed: Any, configure: Callable[[str], None]) -> None:
    first = f"engine_a: {{class: {SMA}, parameters: {{fast: 3, slow: 9}}}}"
    configure(f"strategies: {{{first}}}")
    runner.begin(landed, as_of=AS_OF)
    configure(f"strategies: {{{first}, engine_b: {{class: {SMA}, parameters: {{fast: 4, slow: 9}}}}}}")
    with pytest.raises(BacktestError, match="or code or configuration, was changed since the run began"):
        runner.run_block(landed, as_of=AS_OF, scenario_names=[CRASH[0]])
