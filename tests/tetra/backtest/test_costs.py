"""Costs: arithmetic, multipliers, and the file they come from."""

from __future__ import annotations

import numpy as np
import pytest

from tetra.backtest.costs import Costs
from tetra.errors import BacktestError, SettingsError


def test_multipliers_scale_their_own_part() -> None:
    # 2 * 1 + 3 * 1 = 5 bps, then 2 * 1 + 3 * 5 = 17 bps, then 2 * 2 + 3 * 1 = 7 bps
    rates = Costs(2.0, 3.0).daily_rates(np.array([1.0, 1.0, 2.0]), np.array([1.0, 5.0, 1.0]))
    np.testing.assert_allclose(rates, [0.0005, 0.0017, 0.0007])


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_a_multiplier_that_is_no_multiplier_raises(value: float) -> None:
    with pytest.raises(BacktestError, match=f"spread_multiplier is {value} on bar 1"):
        Costs(2.0, 3.0).daily_rates(np.ones(2), np.array([1.0, value]))


@pytest.mark.parametrize("value", [-1.0, 1e4, float("nan"), "2", True, None])
def test_costs_out_of_range_raise(value: float) -> None:
    with pytest.raises(SettingsError, match="commission_bps must be a number"):
        Costs(value, 1.0)
