"""The test file that ``tetra strategies new`` writes beside a strategy, per kind."""

from __future__ import annotations

_HEAD = '''"""What {name} wants on prices where the answer is plain, and that it does not look ahead."""

from __future__ import annotations

import numpy as np

from tetra.backtest.look_ahead import require_no_look_ahead
from tetra.strategies.{name} import {class_name}
from tetra.strategies.price_block import from_close
from tetra.strategies.registry import find

NAN = np.nan
'''

_SINGLE = """

def test_it_is_long_above_the_mean_and_flat_below() -> None:
    # means of two closes: -, 1.5, 2.5, 2.0
    prices = from_close(np.array([[1.0, 2.0, 3.0, 1.0]]))
    np.testing.assert_array_equal({class_name}(length=2).target_weights(prices), [[NAN, 1.0, 1.0, 0.0]])
"""

_LEGS = """

def test_it_is_long_the_leg_that_is_behind() -> None:
    # returns of one bar: the first leg 100 % and 0 %, the second 0 % and 200 %
    prices = from_close(np.array([[1.0, 2.0, 2.0], [1.0, 1.0, 3.0]]))
    strategy = {class_name}(groups=(("0", "1"),), length=1)
    np.testing.assert_array_equal(strategy.target_weights(prices), [[NAN, -0.5, 0.5], [NAN, 0.5, -0.5]])
"""

_PANEL = """

def test_it_holds_what_rose_in_equal_parts() -> None:
    # on bar 1 the first alone is up, on bar 2 the first and the third
    prices = from_close(np.array([[1.0, 2.0, 4.0], [1.0, 1.0, 1.0], [4.0, 2.0, 3.0]]))
    weights = {class_name}(lookback=1, rebalance_every=1).target_weights(prices)
    np.testing.assert_array_equal(weights, [[NAN, 1.0, 0.5], [NAN, 0.0, 0.0], [NAN, 0.0, 0.5]])
"""

_TAIL = """

def test_it_is_registered_and_does_not_look_ahead() -> None:
    registered = find("{name}")
    assert isinstance(registered.strategy, {class_name})
    require_no_look_ahead(registered.strategy, name=registered.name)
"""

TEST_FILES = {kind: _HEAD + body + _TAIL for kind, body in (("single", _SINGLE), ("legs", _LEGS), ("panel", _PANEL))}
"""Per kind, with ``{name}`` and ``{class_name}`` to be filled in."""
