"""What ``scenarios.yaml`` says of regimes: when a rule holds, for how long, and how the hidden Markov model is fitted.

The YAML gives each value's source or reason.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RegimeIndicators(_Entry):
    """Over how many sessions the rules look back; each session's window ends with it."""

    fast_average: int = Field(ge=2)
    slow_average: int = Field(ge=3)
    momentum: int = Field(ge=1)
    volatility: int = Field(ge=2)
    trend: int = Field(ge=2)

    @model_validator(mode="after")
    def _averages_differ(self) -> RegimeIndicators:
        if self.fast_average >= self.slow_average:
            raise ValueError(
                f"fast_average {self.fast_average} is not shorter than slow_average {self.slow_average}; swap them"
            )
        return self


class BullRule(_Entry):
    """Fast average above slow, positive momentum, volatility (annualised, a fraction) below a value."""

    min_sessions: int = Field(ge=2)
    volatility_below: float = Field(gt=0)


class BearRule(_Entry):
    """Fast average below slow, negative momentum, volatility (annualised, a fraction) above a value."""

    min_sessions: int = Field(ge=2)
    volatility_above: float = Field(gt=0)


class HighVolatilityRule(_Entry):
    """Volatility index above a level, or the day's move, up or down, above a fraction."""

    min_sessions: int = Field(ge=2)
    volatility_index_above: float = Field(gt=0)
    daily_move_above: float = Field(gt=0)


class RangingRule(_Entry):
    """Trend strength (net over summed moves, 0 to 1) and price range (over the mean price) below values."""

    min_sessions: int = Field(ge=2)
    trend_strength_below: float = Field(gt=0, le=1)
    price_range_below: float = Field(gt=0)


class RegimeRules(_Entry):
    """The four rules and what they measure."""

    indicators: RegimeIndicators
    bull: BullRule
    bear: BearRule
    high_volatility: HighVolatilityRule
    ranging: RangingRule


class StateSpells(_Entry):
    """Least sessions of a spell in a state of the hidden Markov model; ``medium_volatility`` serves three states."""

    low_volatility: int = Field(ge=2)
    medium_volatility: int = Field(ge=2)
    high_volatility: int = Field(ge=2)


class HiddenMarkovSettings(_Entry):
    """How the hidden Markov model is fitted."""

    states: Literal[2, 3]
    volatility_window: int = Field(ge=2)
    min_sessions: StateSpells
    starts: int = Field(ge=1)
    seed: int = Field(ge=0)
    max_iterations: int = Field(ge=1)
    tolerance: float = Field(gt=0)


class RegimeSettings(_Entry):
    """Where regimes are looked for and how."""

    market: tuple[str, ...]
    volatility_index: str = Field(min_length=1)
    gap_sessions: int = Field(ge=0)
    spells_per_kind: int | None = Field(default=None, ge=0)
    rules: RegimeRules
    hidden_markov: HiddenMarkovSettings
