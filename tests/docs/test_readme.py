"""What the README shows is run, so that it stays true."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tetra.backtest.look_ahead import require_no_look_ahead
from tetra.strategies import registry

CHECKOUT = Path(__file__).resolve().parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.S)
    assert len(blocks) == 1
    return str(blocks[0])


def test_the_strategy_of_the_readme_registers_warms_up_and_does_not_look_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "readme_strategy.py").write_text(_block("python"))
    monkeypatch.syspath_prepend(str(tmp_path))
    entry = _block("yaml").replace("tetra.strategies.above_average", "readme_strategy")
    (tmp_path / "strategies.yaml").write_text("strategies:\n" + entry)
    shutil.copy(CHECKOUT / "include" / "config" / "risk.yaml", tmp_path)
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    (found,) = registry.enabled()
    assert found.name == "above_average_100"
    require_no_look_ahead(found.strategy, name=found.name)


def test_every_make_target_that_the_readme_names_exists() -> None:
    named = {first or second for first, second in re.findall(r"`make ([a-z]+)|^make ([a-z]+)$", README, re.M)}
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    assert named
    assert named <= targets, named - targets


def test_every_path_and_link_of_the_readme_exists() -> None:
    links = re.findall(r"\]\((include/[^)]+)\)", README)
    folders = re.findall(r"^\| `([a-z_./]+/)` \|", README, re.M)
    assert links
    assert folders
    missing = [path for path in [*links, *folders] if path != ".tetra/" and not (CHECKOUT / path).exists()]
    assert missing == []


def test_queries_reach_the_command_line_as_they_were_typed() -> None:
    # make would read a dollar sign as a variable of its own; -n prints the recipe without running it
    # the tests may themselves run under make, which hands its flags down
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    printed = subprocess.run(
        ["make", "-n", "sql", "Q=select $tag$x$tag$, $1"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert '--query "$Q"' in printed
    exported = subprocess.run(
        ["make", "-f", "-", "show", "Q=select $tag$x$tag$, $1"],
        input=f"include {CHECKOUT / 'Makefile'}\nshow:\n\t@printf '%s' \"$$Q\"\n",
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert exported == "select $tag$x$tag$, $1"


def test_the_configuration_files_are_listed_as_yaml_that_loads() -> None:
    files = sorted((CHECKOUT / "include" / "config").glob("*.yaml"))
    assert len(files) >= 5
    for path in files:
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict), path


def test_bootstrap_and_command_line_explain_themselves() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tetra.cli", "--help"], cwd=CHECKOUT / "include", capture_output=True
    )
    assert result.returncode == 0, result.stderr
    assert b"sql" in result.stdout


def test_what_the_commands_of_the_readme_name_exists() -> None:
    strategies = set(re.findall(r"--strategy (\w+)", README))
    scenarios = set(re.findall(r"--scenario '([^']+)'", README))
    assert strategies
    assert scenarios
    assert strategies <= {entry.name for entry in registry.load()}
    configured = yaml.safe_load((CHECKOUT / "include" / "config" / "scenarios.yaml").read_text(encoding="utf-8"))
    assert scenarios <= set(re.findall(r"'name': '([^']+)'", str(configured)))
