"""``risk.yaml`` read and checked: costs, financing, and overlays for all strategies or for one."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tetra import settings
from tetra.backtest.costs import Costs
from tetra.backtest.overlays import Financing, Overlays, Sizing
from tetra.errors import SettingsError, unknown_value

FILE = "risk.yaml"
Part = TypeVar("Part", Costs, Financing, Overlays, Sizing)
BLOCKS = ("costs", "financing", "overlays", "strategies")


@dataclass(frozen=True)
class Risk:
    """Everything in ``risk.yaml``.

    Parameters
    ----------
    costs : Costs
    financing : Financing
    overlays : Overlays
        Of strategies without their own.
    by_strategy : mapping of str to Overlays
        Of single strategies, by name, in place of ``overlays``.
    """

    costs: Costs
    financing: Financing = field(default_factory=Financing)
    overlays: Overlays = field(default_factory=Overlays)
    by_strategy: Mapping[str, Overlays] = field(default_factory=dict)

    def overlays_of(self, strategy_name: str) -> Overlays:
        """Return the overlays a strategy is traded with."""
        return self.by_strategy.get(strategy_name, self.overlays)


def load(strategy_names: Collection[str] | None = None) -> Risk:
    """Return what ``risk.yaml`` says.

    Parameters
    ----------
    strategy_names : collection of str, optional
        Names that overlays may be given for; any without it.

    Raises
    ------
    SettingsError
        If the file is missing or malformed, a key is unknown or a value out of range; the message names both.
    """
    content = settings.load_yaml(FILE)
    _check_keys(content, BLOCKS, what="block")
    own = _mapping(content, "strategies")
    for name in own:
        if strategy_names is not None and name not in strategy_names:
            raise SettingsError(f"{FILE}: strategies: {unknown_value('strategy', str(name), strategy_names)}")
    common = _mapping(content, "overlays")
    return Risk(
        costs=_built(Costs, _mapping(content, "costs"), what="costs"),
        financing=_built(Financing, _mapping(content, "financing"), what="financing"),
        overlays=_overlays(common, what="overlays"),
        by_strategy={str(name): _overlays(_merged(common, own, name), what=f"strategies: {name}") for name in own},
    )


def _merged(common: Mapping[str, Any], own: Mapping[str, Any], name: str) -> dict[str, Any]:
    # a strategy's own values stand over the common ones, key by key
    given = _mapping(own, name)
    return {**common, **given, "sizing": {**_mapping(common, "sizing"), **_mapping(given, "sizing")}}


def _overlays(content: Mapping[str, Any], *, what: str) -> Overlays:
    sizing = _built(Sizing, _mapping(content, "sizing"), what=f"{what}: sizing")
    return _built(Overlays, {**content, "sizing": sizing}, what=what)


def _mapping(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SettingsError(f"{FILE}: {key} must be a mapping, got {value!r}")
    return value


def _built(kind: type[Part], content: Mapping[str, Any], *, what: str) -> Part:
    known = [entry.name for entry in dataclasses.fields(kind)]
    _check_keys(content, known, what=what)
    required = [entry.name for entry in dataclasses.fields(kind) if _is_required(entry)]
    missing = [name for name in required if name not in content]
    if missing:
        raise SettingsError(f"{FILE}: {what} needs {' and '.join(missing)}")
    try:
        return kind(**content)
    except SettingsError as error:
        raise SettingsError(f"{FILE}: {what}: {error}") from error


def _is_required(entry: dataclasses.Field[Any]) -> bool:
    return entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING


def _check_keys(content: Mapping[str, Any], known: Collection[str], *, what: str) -> None:
    for key in content:
        if key not in known:
            raise SettingsError(f"{FILE}: {what}: {unknown_value('key', str(key), known)}")
