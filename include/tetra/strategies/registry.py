"""The registered strategies: ``strategies.yaml`` read, checked and built.

Every mistake in the file is an error that names the value and the nearest valid one; nothing is skipped.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from tetra import settings
from tetra.backtest.overlays import Overlays
from tetra.errors import StrategyError, unknown_value
from tetra.strategies.base import Groups, LegsStrategy, Strategy
from tetra.strategies.building import build, typed_parameters
from tetra.strategies.walk_forward_plan import WalkForwardPlan

FILE = "strategies.yaml"
ENTRY_KEYS = ("class", "parameters", "enabled", "walk_forward")
NAME = re.compile("[a-z][a-z0-9_]*")
"""What a strategy may be called; symbols, groups and PORTFOLIO are told from it at a glance."""


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
    overlays : Overlays
        What ``risk.yaml`` does to its weights.
    walk_forward : WalkForwardPlan, optional
        How its parameters are chosen anew, where they are.
    """

    name: str
    class_path: str
    strategy: Strategy
    is_enabled: bool
    overlays: Overlays = dataclasses.field(default_factory=Overlays)
    walk_forward: WalkForwardPlan | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters, defaults included."""
        return {field.name: getattr(self.strategy, field.name) for field in dataclasses.fields(self.strategy)}

    @property
    def config_hash(self) -> str:
        """Hash of class, parameters, overlays and plan: what makes a trial distinct. The name is not part of it."""
        overlays = {} if self.overlays.are_off else dataclasses.asdict(self.overlays)
        content: dict[str, Any] = {"class": self.class_path, "overlays": overlays, "parameters": self.parameters}
        if self.walk_forward is not None:
            content["walk_forward"] = dataclasses.asdict(self.walk_forward)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    def with_parameters(self, **changed: Any) -> RegisteredStrategy:
        """Return the same strategy, overlays too, with other parameters; they are fixed, so without a plan.

        Raises
        ------
        StrategyError
            If a parameter is unknown, of the wrong type or out of range.
        """
        strategy = build(self.class_path, {**self.parameters, **changed}, name=self.name)
        return dataclasses.replace(self, strategy=strategy, walk_forward=None)

    def combinations(self) -> tuple[RegisteredStrategy, ...]:
        """Return the strategy with each combination of its plan's grid, in the order of the plan.

        Raises
        ------
        StrategyError
            If it has no plan, a combination is refused that the plan does not skip, one changes what is traded or read,
            or fewer than two are left.
        """
        plan = self.walk_forward
        if plan is None:
            raise StrategyError(f"strategy {self.name!r} has no walk_forward block in {FILE}; give it one")
        tried = [self._combination(values, skips_invalid=plan.skip_invalid) for values in plan.combinations()]
        made = tuple(entry for entry in tried if entry is not None)
        if len(made) < 2:
            raise StrategyError(f"strategy {self.name!r}: its grid leaves {len(made)} of them to choose from; widen it")
        return made

    def _combination(self, values: dict[str, Any], *, skips_invalid: bool) -> RegisteredStrategy | None:
        typed_parameters(type(self.strategy), values, name=self.name)  # a wrong name or type is never skipped
        try:
            made = self.with_parameters(**values)
        except StrategyError as error:
            if skips_invalid:
                return None
            remedy = "mend the grid of its walk_forward, or set skip_invalid: true"
            raise StrategyError(f"{error}; {remedy}") from error
        if _instruments(made.strategy) != _instruments(self.strategy):
            raise StrategyError(
                f"strategy {self.name!r}: its grid changes the symbols it trades or reads ({values}); choose among"
                " rules for the same symbols"
            )
        return made


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
    from tetra.backtest import risk

    limits = risk.load([str(name) for name in entries])
    registered = tuple(
        dataclasses.replace(_build(str(name), entries[name]), overlays=limits.overlays_of(str(name)))
        for name in sorted(entries, key=str)
    )
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


def trial_entries(registered: RegisteredStrategy) -> tuple[RegisteredStrategy, ...]:
    """Return every configuration that assessing a strategy tries: itself and, with a plan, each combination."""
    return (registered,) if registered.walk_forward is None else (registered, *registered.combinations())


def _build(name: str, entry: object) -> RegisteredStrategy:
    if not NAME.fullmatch(name):
        raise StrategyError(f"strategy {name!r} in {FILE}: a name is made of a-z, 0-9 and _, and begins with a letter")
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
    made = RegisteredStrategy(name, class_path, build(class_path, parameters, name=name), is_enabled)
    if "walk_forward" not in entry:
        return made
    planned = dataclasses.replace(made, walk_forward=_plan(entry["walk_forward"], name=name))
    planned.combinations()  # each is built here, so that a wrong one is known before any work is done
    return planned


def _instruments(strategy: Strategy) -> tuple[Groups, tuple[str, ...]]:
    return (strategy.groups if isinstance(strategy, LegsStrategy) else (), strategy.references)


def _plan(block: object, *, name: str) -> WalkForwardPlan:
    what = f"strategy {name!r}: walk_forward"
    known = [field.name for field in dataclasses.fields(WalkForwardPlan)]
    if not isinstance(block, dict):
        raise StrategyError(f"{what} must be a mapping with grid and test_size, got {block!r}")
    for key in block:
        if key not in known:
            raise StrategyError(f"{what}: {unknown_value('key', str(key), known)}")
    for key in ("grid", "test_size"):
        if key not in block:
            raise StrategyError(f"{what} needs {key}")
    if not isinstance(block["grid"], dict):
        raise StrategyError(f"{what}: grid must be a mapping of parameters to values, got {block['grid']!r}")
    try:
        return WalkForwardPlan(**block)
    except StrategyError as error:
        raise StrategyError(f"{what}: {error}") from error


def _check_distinct(registered: tuple[RegisteredStrategy, ...]) -> None:
    # one configuration under two names would count once as a trial but twice in the rankings
    first: dict[str, str] = {}
    for entry in registered:
        if entry.config_hash in first:
            raise StrategyError(
                f"{first[entry.config_hash]!r} and {entry.name!r} in {FILE} are one configuration; drop one"
            )
        first[entry.config_hash] = entry.name
