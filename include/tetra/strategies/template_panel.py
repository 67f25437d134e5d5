"""What rose: of all symbols, those above where they were, in equal parts. Make this rule yours.

Source: name the book, paper or idea that the rule is from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tetra.strategies.panel_schedule import PanelStrategy
from tetra.typing import FloatArray


@dataclass(frozen=True)
class TemplatePanel(PanelStrategy):
    """Hold in equal parts what rose over the look-back, weighed anew each period of ``rebalance_every`` weekdays."""

    category: ClassVar[str] = "momentum"

    def weigh(self, closes: FloatArray) -> FloatArray:
        """Return the weights of one rebalance; see ``PanelStrategy.weigh``."""
        rose = (closes[:, -1] > closes[:, 0]).astype(float)
        return rose / max(float(rose.sum()), 1.0)
