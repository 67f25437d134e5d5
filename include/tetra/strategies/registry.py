"""The registered strategies: ``strategies.yaml`` read, checked and built.

Every mistake in the file is an error that names the value and the nearest valid one; nothing is skipped.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tetra import settings
from tetra.errors import StrategyError, unknown_value
from tetra.strategies.base import Groups, Strategy

FILE = "strategies.yaml"
ENTRY_KEYS = ("class", "parameters", "enabled")
ACCEPTED: dict[str, tuple[type, ...]] = {"int": (int,), "float": (float, int), "str": (str,), "bool": (bool,)}


@dataclass(frozen=True)
class RegisteredStrategy:
    """One entry of the file, built.

    Parameters
    ----------
    name : str
        As users know it.
    class_path : str
        Module and class.
    strategy : Strategy
        The instance, parameters checked.
    is_enabled : bool
        Whether it is assessed.
    """

    name: str
    class_path: str
    strategy: Strategy
    is_enabled: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters, defaults included."""
        return {field.name: getattr(self.strategy, field.name) for field in dataclasses.fields(self.strategy)}

    @property
    def config_hash(self) -> str:
        """Hash of class, parameters and overlays: what makes a trial distinct. The name is not part of it."""
        content = {"class": self.class_path, "overlays": {}, "parameters": self.parameters}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def load() -> tuple[RegisteredStrategy, ...]:
    """Return every strategy of ``strategies.yaml``, sorted by name.

    Raises
    ------
    SettingsError
        If the file is missing or not a mapping.
    StrategyError
        If an entry is malformed, a class or parameter is unknown, or two names hold the same configuration.
    """
    entries = settings.load_yaml(FILE).get("strategies")
    if not isinstance(entries, dict) or not entries:
        raise StrategyError(f"{FILE} needs a mapping 'strategies' of names to entries; found {entries!r}")
    registered = tuple(_build(str(name), entries[name]) for name in sorted(entries, key=str))
    _check_distinct(registered)
    return registered


def enabled() -> tuple[RegisteredStrategy, ...]:
    """Return the strategies to assess, sorted by name.

    Raises
    ------
    StrategyError
        As ``load``, and if none is enabled.
    """
    chosen = tuple(entry for entry in load() if entry.is_enabled)
    if not chosen:
        raise StrategyError(f"no strategy is enabled in {FILE}; set 'enabled: true' on at least one")
    return chosen


def find(name: str) -> RegisteredStrategy:
    """Return the strategy registered under a name.

    Raises
    ------
    StrategyError
        If there is none; the message offers the nearest name.
    """
    by_name = {entry.name: entry for entry in load()}
    if name not in by_name:
        raise StrategyError(unknown_value("strategy", name, by_name))
    return by_name[name]


def _build(name: str, entry: object) -> RegisteredStrategy:
    if not isinstance(entry, dict) or "class" not in entry:
        raise StrategyError(f"strategy {name!r} in {FILE} needs a mapping with 'class'; found {entry!r}")
    for key in entry:
        if key not in ENTRY_KEYS:
            raise StrategyError(f"strategy {name!r}: {unknown_value('key', str(key), ENTRY_KEYS)}")
    is_enabled = entry.get("enabled", True)
    if not isinstance(is_enabled, bool):
        raise StrategyError(f"strategy {name!r}: enabled must be true or false, got {is_enabled!r}")
    parameters = entry.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise StrategyError(f"strategy {name!r}: parameters must be a mapping, got {parameters!r}")
    class_path = str(entry["class"])
    made = build(class_path, parameters, name=name)
    return RegisteredStrategy(name, class_path, made, is_enabled)


def build(class_path: str, parameters: Mapping[str, Any], *, name: str) -> Strategy:
    """Return an instance of a strategy class with the given parameters.

    Parameters
    ----------
    class_path : str
        Module and class, for example ``tetra.strategies.sma_cross.SmaCross``.
    parameters : mapping of str to value
        Any of the class's dataclass fields.
    name : str
        Who asks, for error messages.

    Raises
    ------
    StrategyError
        If the class is unknown or no strategy, a parameter is unknown, of the wrong type or out of range.
    """
    strategy_class = _import_class(class_path, name=name)
    known = {field.name: field for field in dataclasses.fields(strategy_class)}
    values: dict[str, Any] = {}
    for parameter, value in parameters.items():
        if parameter not in known:
            raise StrategyError(f"strategy {name!r}: {unknown_value('parameter', str(parameter), known)}")
        values[parameter] = _typed(value, expected=str(known[parameter].type), what=f"strategy {name!r}: {parameter}")
    try:
        return strategy_class(**values)
    except (StrategyError, TypeError) as error:
        raise StrategyError(f"strategy {name!r}: {error}") from error


def _import_class(class_path: str, *, name: str) -> type[Strategy]:
    module_name, _, class_name = class_path.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except (ImportError, ValueError) as error:
        raise StrategyError(f"strategy {name!r}: cannot import {class_path!r} ({error}); check 'class'") from error
    found = getattr(module, class_name, None)
    if found is None:
        candidates = [key for key, value in vars(module).items() if _is_strategy_class(value)]
        raise StrategyError(f"strategy {name!r}: {unknown_value(f'class of {module_name}', class_name, candidates)}")
    if not _is_strategy_class(found):
        raise StrategyError(f"strategy {name!r}: {class_path} is not a frozen dataclass derived from Strategy")
    return found  # type: ignore[no-any-return]  # checked on the line above


def _is_strategy_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Strategy) and value is not Strategy


def _typed(value: object, *, expected: str, what: str) -> object:
    if expected == "Groups":
        return _groups(value, what=what)
    accepted = ACCEPTED.get(expected)
    if accepted is None:
        return value
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
        raise StrategyError(f"{what} must be {expected}, got {value!r}")
    return float(value) if expected == "float" else value  # type: ignore[arg-type]  # a number by now


def _groups(value: object, *, what: str) -> Groups:
    is_nested = isinstance(value, list | tuple) and all(isinstance(group, list | tuple) for group in value)
    if not is_nested or not all(isinstance(symbol, str) for group in value for symbol in group):  # type: ignore[attr-defined]
        raise StrategyError(f"{what} must be a list of groups of symbols, such as [[KO, PEP]]; got {value!r}")
    return tuple(tuple(group) for group in value)  # type: ignore[attr-defined]  # nested, as checked above


def _check_distinct(registered: tuple[RegisteredStrategy, ...]) -> None:
    # one configuration under two names would count once as a trial but twice in the rankings
    first: dict[str, str] = {}
    for entry in registered:
        if entry.config_hash in first:
            raise StrategyError(
                f"{first[entry.config_hash]!r} and {entry.name!r} in {FILE} are one configuration; drop one"
            )
        first[entry.config_hash] = entry.name
