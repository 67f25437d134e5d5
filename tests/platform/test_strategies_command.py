"""`tetra strategies` in a checkout of its own: what `new` writes works at once, what it refuses leaves no trace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tetra.cli import main

CHECKOUT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One path for all tests: compiled kernels are kept by the path of their source."""
    return tmp_path_factory.mktemp("checkout")


@pytest.fixture
def checkout(folder: Path) -> Path:
    """Code, configuration and the folder of the strategies' tests, copied anew; what is compiled stays."""
    for name in ("include", "tests"):
        shutil.rmtree(folder / name, ignore_errors=True)
    leave_out = shutil.ignore_patterns("superset", "docs", "migrations", "sql")
    shutil.copytree(CHECKOUT / "include", folder / "include", ignore=leave_out)
    (folder / "tests" / "tetra" / "strategies").mkdir(parents=True)
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    return folder


def run(checkout: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TETRA_")}
    environment = kept | {"PYTHONPATH": str(checkout / "include"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def tetra(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(checkout, sys.executable, "-m", "tetra.cli", "strategies", *arguments)


def files_of(checkout: Path) -> dict[str, str]:
    return {
        str(path.relative_to(checkout)): path.read_text(encoding="utf-8")
        for folder in ("include/tetra/strategies", "include/config", "tests")
        for path in sorted((checkout / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("kind", ["single", "legs", "panel"])
def test_a_new_strategy_is_registered_tested_linted_and_audited(checkout: Path, kind: str) -> None:
    before = files_of(checkout)
    made = tetra(checkout, "new", "my_2nd_rule", "--kind", kind)
    assert made.returncode == 0, made.stderr
    new = {"include/tetra/strategies/my_2nd_rule.py", "tests/tetra/strategies/test_my_2nd_rule.py"}
    after = files_of(checkout)
    assert set(after) - set(before) == new
    registry = "include/config/strategies.yaml"
    assert {path for path in before if after[path] != before[path]} == {registry}
    assert after[registry].startswith(before[registry].rstrip("\n")), "what stood there stands there as it was"
    entry = yaml.safe_load(after[registry])["strategies"]["my_2nd_rule"]
    assert (entry["class"], entry["enabled"]) == ("tetra.strategies.my_2nd_rule.My2ndRule", True)

    tested = run(checkout, BIN / "pytest", "-q", "-p", "no:cacheprovider", "tests/tetra/strategies/test_my_2nd_rule.py")
    assert "2 passed" in tested.stdout, tested.stdout + tested.stderr
    audited = tetra(checkout, "audit", "my_2nd_rule")
    assert audited.stdout == "my_2nd_rule  ok\n", audited.stderr
    listed = next(line for line in tetra(checkout, "list").stdout.splitlines() if line.startswith("my_2nd_rule"))
    assert listed.split()[2:4] == [kind, "yes"]
    for check in (["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"]):
        linted = run(checkout, BIN / check[0], *check[1:], *sorted(new))
        assert linted.returncode == 0, linted.stdout


def test_what_cannot_be_made_is_refused_and_leaves_no_trace(checkout: Path) -> None:
    (checkout / "tests/tetra/strategies/test_taken.py").write_text("", encoding="utf-8")
    before = files_of(checkout)
    refused = {
        ("sma_20_50",): "a strategy 'sma_20_50' stands in",
        ("registry",): "registry.py exists already; choose another name",
        ("taken",): "test_taken.py exists already; choose another name",
        ("MyRule",): "cannot be called 'MyRule'",
        ("../rule",): "such as 'rule'",
        ("class",): "such as 'my_class'",
        ("2nd",): "such as 'my_2nd'",
        ("strategy",): "the class of 'strategy' would be Strategy, a name the file needs",
        ("fine", "--kind", "pannel"): "unknown kind of strategy 'pannel'; did you mean 'panel'?",
    }
    for arguments, message in refused.items():
        result = tetra(checkout, "new", *arguments)
        assert result.returncode == 1
        assert message in result.stderr, result.stderr
        assert "Traceback" not in result.stderr
    assert "such as 'my_rule'" in tetra(checkout, "new", "MyRule").stderr
    assert files_of(checkout) == before


def test_a_configuration_that_cannot_be_appended_to_is_left_as_it_is(checkout: Path) -> None:
    configuration = checkout / "include/config/strategies.yaml"
    configuration.write_text("strategies: {cash: {class: tetra.strategies.cash.Cash}}\n", encoding="utf-8")
    before = files_of(checkout)
    result = tetra(checkout, "new", "my_rule")
    assert "does not end with its strategies, indented by two" in result.stderr
    assert files_of(checkout) == before


def test_nothing_is_left_when_the_last_step_fails(checkout: Path) -> None:
    template = checkout / "include/tetra/strategies/template_single.py"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("length: int = 50", "length: int = 1"), encoding="utf-8")
    before = files_of(checkout)
    result = tetra(checkout, "new", "my_rule")
    assert "strategy 'my_rule': length must be at least 2 bars; got 1" in result.stderr
    assert files_of(checkout) == before


def strategies(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["strategies", *arguments])


@pytest.fixture
def peeking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of two, one of which reads tomorrow's close."""
    (tmp_path / "tomorrow.py").write_text(
        "import numpy as np\n"
        "from tetra.strategies.cash import Cash\n\n\n"
        "class Tomorrow(Cash):\n"
        "    def target_weights(self, prices):\n"
        "        close = np.nan_to_num(prices.close, nan=1.0)\n"
        "        return np.where(np.roll(close, -1, axis=1) > close, 1.0, 0.0)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    shutil.copy(CHECKOUT / "include" / "config" / "risk.yaml", tmp_path)
    sma = "{class: tetra.strategies.sma_cross.SmaCross, parameters: {fast: 3, slow: 9}, enabled: false}"
    (tmp_path / "strategies.yaml").write_text(
        f"strategies:\n  tomorrow: {{class: tomorrow.Tomorrow}}\n  short_sma: {sma}\n", encoding="utf-8"
    )
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))


def test_the_list_says_what_each_strategy_is(peeking: None) -> None:
    lines = [line.split() for line in strategies("list").output.splitlines()]
    assert lines[0] == ["name", "category", "kind", "enabled", "warmup", "parameters"]
    assert lines[1] == ["short_sma", "trend", "single", "no", "9", "fast", "3,", "slow", "9"]
    assert lines[2] == ["tomorrow", "baseline", "single", "yes", "1", "-"]


def test_an_audit_of_all_names_who_peeks_and_where_and_fails(peeking: None) -> None:
    result = strategies("audit")
    assert result.exit_code == 1
    honest, peeks = result.output.splitlines()
    assert honest == "short_sma  ok"
    assert peeks.startswith("tomorrow   rejected: look-ahead: the weight of MADE")
    assert "on bar 0 moved when only bars from 1 on were" in peeks


def test_an_unknown_strategy_gets_the_nearest_name(peeking: None) -> None:
    result = strategies("audit", "short_sme")
    assert "unknown strategy 'short_sme'; did you mean 'short_sma'?" in result.output
    assert strategies("audit", "short_sma").exit_code == 0
