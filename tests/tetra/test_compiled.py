"""Kernels are compiled anew when anything they are made of changes, and not when a person adds a strategy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tetra import compiled


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in {
        "backtest/kernel.py": "@compiled()\ndef run(): ...\n",
        "backtest/constants.py": "RUIN = 4\n",
        "strategies/latch.py": "@compiled()\ndef hold(): ...\n",
        "strategies/mine.py": "import numpy\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    monkeypatch.setattr(compiled, "PACKAGE", tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/cache")
    return tmp_path


def folder() -> str:
    return compiled.cache_directory.__wrapped__()


@pytest.mark.parametrize("changed", ["backtest/kernel.py", "backtest/constants.py", "strategies/latch.py"])
def test_a_change_of_a_kernel_or_of_what_it_reads_has_a_cache_of_its_own(package: Path, changed: str) -> None:
    before = folder()
    (package / changed).write_text((package / changed).read_text() + "\n")
    assert folder() != before
    assert before.startswith("/cache/")


def test_a_strategy_in_plain_numpy_changes_no_cache(package: Path) -> None:
    before = folder()
    (package / "strategies" / "mine.py").write_text("import numpy as np\n")
    assert folder() == before
