"""The scenario catalogue: ``include/config/scenarios.yaml``, checked on load.

A file that does not say what it means stops here, with the value and the nearest valid one, and not as an odd
path in a ranking.
"""

from __future__ import annotations

import re
import typing
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tetra.errors import SettingsError, unknown_value
from tetra.scenarios.regime_settings import RegimeSettings
from tetra.scenarios.stress_settings import StressSettings
from tetra.settings import load_yaml

FILE = "scenarios.yaml"

ScenarioType = Literal["historical", "full_history", "regime", "bootstrap", "monte_carlo", "stress"]
SCENARIO_TYPES: tuple[ScenarioType, ...] = typing.get_args(ScenarioType)
"""The types that can be generated, in the order they are."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Settings(_Entry):
    """What all scenarios share; the YAML explains each value."""

    seed: int = Field(ge=0, lt=2**63)
    warmup_bars: int = Field(ge=0)
    context_days: int = Field(ge=0)
    min_symbols: int = Field(ge=1)
    symbol_coverage: float = Field(gt=0, le=1)
    lookback_sessions: int = Field(ge=60)
    window: int = Field(ge=2)


class BootstrapSettings(_Entry):
    """How many bootstrap paths to draw, in blocks of how many sessions, and whether in season."""

    paths: int = Field(ge=0)
    block_length: int = Field(ge=1)
    season: Literal["month", "quarter"] | None = None


class MonteCarloSettings(_Entry):
    """How many Monte Carlo paths to draw, and from which model."""

    paths: int = Field(ge=0)
    method: Literal["filtered_historical", "gbm", "multivariate_t", "regime_switching"]
    initial_variance: Literal["conditional", "unconditional"]


class KeyEvent(_Entry):
    """Something that happened within a historical window, and who says so."""

    date: date
    event: str = Field(min_length=1)
    source: str = Field(min_length=1)


class HistoricalEvent(_Entry):
    """A named stretch of history to replay."""

    name: str = Field(min_length=1)
    family: Literal["bull", "crisis", "full_cycle"]
    start_date: date
    end_date: date
    volatility_multiplier: float = Field(default=1.0, gt=0)
    affected_symbols: tuple[str, ...] = ()
    affected_sectors: tuple[str, ...] = ()
    required_symbols: tuple[str, ...] = ()
    key_events: tuple[KeyEvent, ...] = ()

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> HistoricalEvent:
        if self.end_date < self.start_date:
            raise ValueError(f"end_date {self.end_date} lies before start_date {self.start_date}; swap them")
        for event in self.key_events:
            if not self.start_date <= event.date <= self.end_date:
                window = f"{self.start_date} to {self.end_date}"
                raise ValueError(f"key event of {event.date} lies outside the window {window}; move or drop it")
        return self


class Catalogue(_Entry):
    """Everything ``scenarios.yaml`` says."""

    settings: Settings
    bootstrap: BootstrapSettings
    monte_carlo: MonteCarloSettings
    historical: tuple[HistoricalEvent, ...]
    regimes: RegimeSettings
    stress: StressSettings

    @model_validator(mode="after")
    def _names_are_unique(self) -> Catalogue:
        twice = [name for name, count in Counter(event.name for event in self.historical).items() if count > 1]
        if twice:
            raise ValueError(f"historical scenario {twice[0]!r} is named twice; names are keys, so rename one")
        return self


def load_catalogue() -> Catalogue:
    """Return the catalogue of ``include/config/scenarios.yaml``.

    Raises
    ------
    SettingsError
        If the file is absent, not YAML, or holds a value it must not; every fault is named.
    """
    return parse_catalogue(load_yaml(FILE))


def parse_catalogue(content: Mapping[str, Any]) -> Catalogue:
    """Return the catalogue in a parsed mapping.

    Raises
    ------
    SettingsError
        Naming the place, the value and, for a misspelt name, the nearest valid one.
    """
    try:
        return Catalogue.model_validate(content)
    except ValidationError as error:
        faults = [_describe(dict(fault), content) for fault in error.errors()]
        raise SettingsError("\n".join(f"{FILE}: {fault}" for fault in faults)) from error


def _describe(fault: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    location = tuple(fault["loc"])
    place = _place(location, content)
    if fault["type"] == "extra_forbidden":
        return f"{place}: {unknown_value('key', str(location[-1]), _model_at(location[:-1]).model_fields)}"
    if fault["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", fault["ctx"]["expected"])
        return f"{place}: {unknown_value(str(location[-1]), str(fault['input']), choices)}"
    if fault["type"] == "missing":
        return f"{place}: missing; add it"
    if fault["type"] == "value_error":
        return f"{place}: {fault['ctx']['error']}"
    return f"{place}: {fault['input']!r} is not valid: {fault['msg']}"


def _place(location: tuple[int | str, ...], content: Mapping[str, Any]) -> str:
    """Return ``historical 'COVID-19' start_date`` for ``("historical", 13, "start_date")``."""
    words: list[str] = []
    found: Any = content
    for part in location:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):  # a missing value's place ends where the file does
            found = None
        name = found.get("name") if isinstance(part, int) and isinstance(found, Mapping) else None
        words.append(repr(name) if name else str(part))
    return " ".join(words) or "the file"


def _model_at(location: tuple[int | str, ...]) -> type[BaseModel]:
    model: type[BaseModel] = Catalogue
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        candidates = (annotation, *typing.get_args(annotation))
        model = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return model
