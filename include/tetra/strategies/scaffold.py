"""``tetra strategies new``: a strategy that works, its entry in ``strategies.yaml`` and its test, all or nothing."""

from __future__ import annotations

import importlib
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tetra import settings
from tetra.errors import StrategyError, unknown_value
from tetra.strategies import registry
from tetra.strategies.template_tests import TEST_FILES

KINDS = ("single", "legs", "panel")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
EXAMPLE_GROUPS = "[[KO, PEP]]"
MODULES = Path("include/tetra/strategies")
TESTS = Path("tests/tetra/strategies")


@dataclass(frozen=True)
class Scaffold:
    """What was written for a new strategy."""

    name: str
    class_name: str
    module: Path
    configuration: Path
    test: Path


def new_strategy(name: str, *, kind: str = "single") -> Scaffold:
    """Write a working strategy, register it and write a test that passes; nothing is left of it if any of that fails.

    Parameters
    ----------
    name : str
        Of the entry and of the module: lower case, such as ``my_rule``.
    kind : {"single", "legs", "panel"}
        What it trades: each symbol alone, configured groups, or the whole universe.

    Raises
    ------
    StrategyError
        If the name cannot be a module's, is taken, or the kind is unknown, or the entry cannot be appended to
        ``strategies.yaml`` as the file is written.
    """
    if kind not in KINDS:
        raise StrategyError(unknown_value("kind of strategy", kind, KINDS))
    _check_name(name)
    made = _planned(name)
    if hasattr(importlib.import_module(f"tetra.strategies.template_{kind}"), made.class_name):
        raise StrategyError(f"the class of {name!r} would be {made.class_name}, a name the file needs; choose another")
    text = made.configuration.read_text(encoding="utf-8")
    appended = _appended(text, made, kind=kind)
    files = {made.module: _module_text(made, kind=kind), made.test: _test_text(made, kind=kind)}
    written: list[Path] = []
    try:
        for path, content in files.items():
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(content)
        _replace(made.configuration, appended)
        importlib.invalidate_caches()
        registry.find(name)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        if made.configuration.read_text(encoding="utf-8") == appended:
            _replace(made.configuration, text)
        raise
    return made


def _check_name(name: str) -> None:
    if IDENTIFIER.fullmatch(name) and not keyword.iskeyword(name):
        return
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").lower()
    suggested = words if IDENTIFIER.fullmatch(words) and not keyword.iskeyword(words) else f"my_{words or 'rule'}"
    raise StrategyError(
        f"a strategy cannot be called {name!r}: lower-case letters, digits and _, a letter first, no word of Python's;"
        f" such as {suggested!r}"
    )


def _planned(name: str) -> Scaffold:
    made = Scaffold(
        name=name,
        class_name="".join(word.capitalize() for word in name.split("_")),
        module=settings.CHECKOUT / MODULES / f"{name}.py",
        configuration=settings.config_dir() / registry.FILE,
        test=settings.CHECKOUT / TESTS / f"test_{name}.py",
    )
    if name in {entry.name for entry in registry.load()}:
        raise StrategyError(f"a strategy {name!r} stands in {made.configuration} already; choose another name")
    for path in (made.module, made.test):
        if path.exists():
            raise StrategyError(f"{path} exists already; choose another name")
        if not path.parent.is_dir():
            raise StrategyError(f"{path.parent} does not exist; run this in a checkout of Tetra")
    return made


def _appended(text: str, made: Scaffold, *, kind: str) -> str:
    """Return the configuration with the entry added at its end, all that stands there as it was."""
    entry = [
        f"  {made.name}:",
        f"    class: tetra.strategies.{made.name}.{made.class_name}",
        *([f"    parameters: {{groups: {EXAMPLE_GROUPS}}}"] if kind == "legs" else []),
        "    enabled: true",
    ]
    appended = text.rstrip("\n") + "\n" + "\n".join(entry) + "\n"
    if _entries(appended) != {**_entries(text), **_entries("strategies:\n" + "\n".join(entry))}:
        raise StrategyError(
            f"{made.configuration} does not end with its strategies, indented by two; move them to its end, or write"
            f" the strategy and its entry by hand"
        )
    return appended


def _entries(text: str) -> Mapping[str, object]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return content["strategies"] if isinstance(content, dict) and isinstance(content.get("strategies"), dict) else {}


def _module_text(made: Scaffold, *, kind: str) -> str:
    template = Path(__file__).with_name(f"template_{kind}.py").read_text(encoding="utf-8")
    return template.replace(f"Template{kind.capitalize()}", made.class_name)


def _test_text(made: Scaffold, *, kind: str) -> str:
    return TEST_FILES[kind].format(name=made.name, class_name=made.class_name)


def _replace(path: Path, text: str) -> None:
    # written beside it and moved: a file that is half there would stop every pipeline
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.chmod(path.stat().st_mode)
    beside.replace(path)
