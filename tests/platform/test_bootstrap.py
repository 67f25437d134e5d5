"""The bootstrap script: what it notices and what it says when something is missing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "include" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with a checkout of its own that has a one-line lock file."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lock = tmp_path / "requirements.txt"
    lock.write_text("# nothing to install\n")
    monkeypatch.setattr(module, "CHECKOUT", tmp_path)
    monkeypatch.setattr(module, "HOME", tmp_path / ".tetra")
    monkeypatch.setattr(module, "ENVIRONMENTS", tmp_path / ".tetra" / "environments")
    monkeypatch.setattr(module, "LOCKS", {"platform": (lock,), "tests": (lock, lock)})
    return module


def _pretend_synced(bootstrap: ModuleType, name: str) -> None:
    target = bootstrap.target_of(name)
    target.mkdir(parents=True, exist_ok=True)
    (target / "tetra-stamp").write_text(bootstrap.fingerprint(name))


def test_a_changed_lock_file_is_noticed(bootstrap: ModuleType) -> None:
    assert not bootstrap.is_current("platform")
    _pretend_synced(bootstrap, "platform")
    assert bootstrap.is_current("platform")
    (bootstrap.CHECKOUT / "requirements.txt").write_text("six==1.17.0\n")
    assert not bootstrap.is_current("platform")


def test_the_tests_environment_serves_the_platform_but_not_the_other_way(bootstrap: ModuleType) -> None:
    _pretend_synced(bootstrap, "tests")
    assert bootstrap.is_current("platform")
    _pretend_synced(bootstrap, "platform")
    assert not bootstrap.is_current("tests")


def test_an_old_python_is_named_with_the_remedy(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    version = namedtuple("version", "major minor micro")(3, 9, 2)
    monkeypatch.setattr(bootstrap.sys, "version_info", version)
    with pytest.raises(bootstrap.BootstrapError, match=r"Python 3\.9\.2 .*install Python 3\.11"):
        bootstrap.check_python()


def test_a_full_disk_is_named(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10, 10, 1 << 29)
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(bootstrap.BootstrapError, match=r"0\.5 GiB free .* 4 GiB needed"):
        bootstrap.check_disk()


def test_no_network_is_told_from_other_failures(bootstrap: ModuleType) -> None:
    offline = [sys.executable, "-c", "import sys; sys.exit('error: Failed to fetch: dns error')"]
    with pytest.raises(bootstrap.BootstrapError, match="check the network"):
        bootstrap.run(offline, "installing")
    other = [sys.executable, "-c", "import sys; sys.exit('no such option')"]
    with pytest.raises(bootstrap.BootstrapError, match="no such option") as caught:
        bootstrap.run(other, "installing")
    assert "network" not in str(caught.value)


def test_an_unknown_environment_is_refused() -> None:
    result = subprocess.run([sys.executable, SCRIPT, "platfrom"], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "unknown environment ['platfrom']" in result.stderr


def test_it_runs_on_the_standard_library_alone() -> None:
    # -I -S: no site-packages, as on a machine that has only Python
    result = subprocess.run([sys.executable, "-I", "-S", SCRIPT, "--help"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
