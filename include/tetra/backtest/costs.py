"""What a fill costs: commission and half-spread in basis points, times the scenario's multipliers of the day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.errors import BacktestError, SettingsError
from tetra.typing import FloatArray

BASIS_POINT = 1e-4


@dataclass(frozen=True)
class Costs:
    """Costs of one fill on an ordinary day, in basis points of the traded value.

    Parameters
    ----------
    commission_bps : float
        What the broker takes.
    half_spread_bps : float
        From the mid price to the side that is hit.
    """

    commission_bps: float
    half_spread_bps: float

    def __post_init__(self) -> None:
        for name in ("commission_bps", "half_spread_bps"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value < 1e4:
                raise SettingsError(f"{name} must be a number from 0 to below 10000 basis points, got {value!r}")

    def daily_rates(self, commission_multiplier: FloatArray, spread_multiplier: FloatArray) -> FloatArray:
        """Return the cost of each day's fills as a fraction of the traded value.

        Parameters
        ----------
        commission_multiplier, spread_multiplier : ndarray of shape (n_bars,)
            At least 0; 1 on an ordinary day.

        Returns
        -------
        ndarray of shape (n_bars,)

        Raises
        ------
        BacktestError
            If a multiplier is negative or not finite.
        """
        named = {"commission_multiplier": commission_multiplier, "spread_multiplier": spread_multiplier}
        for name, values in named.items():
            bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0.0)))
            if bad.size:
                raise BacktestError(f"{name} is {values[bad[0]]} on bar {bad[0]}; it must be at least 0 and finite")
        bps = self.commission_bps * commission_multiplier + self.half_spread_bps * spread_multiplier
        return np.ascontiguousarray(bps * BASIS_POINT, dtype=np.float64)
