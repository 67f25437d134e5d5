"""A strategy from its class's path and its parameters, as a person writes both; every mistake is named."""

from __future__ import annotations

import dataclasses
import importlib
import typing
from collections.abc import Mapping
from typing import Any

from tetra.errors import StrategyError, unknown_value
from tetra.strategies.base import Groups, Strategy

ACCEPTED: dict[type, tuple[type, ...]] = {int: (int,), float: (float, int), str: (str,), bool: (bool,)}
WRITTEN = {
    int: "a whole number",
    float: "a number",
    str: "a text, in quotes if it looks like a number",
    bool: "true or false",
}


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
    values = typed_parameters(strategy_class, parameters, name=name)
    try:
        return strategy_class(**values)
    except (StrategyError, TypeError) as error:
        raise StrategyError(f"strategy {name!r}: {error}") from error


def typed_parameters(strategy_class: type[Strategy], parameters: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """Return parameters of the types that a strategy class declares.

    Raises
    ------
    StrategyError
        If one is unknown or of the wrong type, or the class declares a type that YAML cannot be checked against.
    """
    types = _declared_types(strategy_class, name=name)
    known = {field.name: field for field in dataclasses.fields(strategy_class)}
    values: dict[str, Any] = {}
    for parameter, value in parameters.items():
        if parameter not in known:
            raise StrategyError(f"strategy {name!r}: {unknown_value('parameter', str(parameter), known)}")
        values[parameter] = _typed(value, expected=types[parameter], what=f"strategy {name!r}: {parameter}")
    return values


def _declared_types(strategy_class: type[Strategy], *, name: str) -> dict[str, Any]:
    try:
        types = typing.get_type_hints(strategy_class)
    except NameError as error:
        raise StrategyError(
            f"strategy {name!r}: a type of {strategy_class.__name__} cannot be resolved ({error}); import it"
        ) from error
    for field in dataclasses.fields(strategy_class):
        if types[field.name] not in (*ACCEPTED, Groups):
            raise StrategyError(
                f"strategy {name!r}: {strategy_class.__name__} declares {field.name} as {types[field.name]};"
                " a parameter is an int, float, str, bool or Groups"
            )
    return types


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


def _typed(value: object, *, expected: Any, what: str) -> object:
    if expected == Groups:
        return _groups(value, what=what)
    accepted = ACCEPTED[expected]
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
        raise StrategyError(f"{what} must be {expected.__name__}, got {value!r}; write {WRITTEN[expected]}")
    return float(value) if expected is float else value  # type: ignore[arg-type]  # a number by now


def _groups(value: Any, *, what: str) -> Groups:
    is_nested = isinstance(value, list | tuple) and all(isinstance(group, list | tuple) for group in value)
    if not is_nested or not all(isinstance(symbol, str) for group in value for symbol in group):
        raise StrategyError(f"{what} must be a list of groups of symbols, such as [[KO, PEP]]; got {value!r}")
    return tuple(tuple(group) for group in value)
