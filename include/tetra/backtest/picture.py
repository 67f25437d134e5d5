"""A cell as a picture: equity beside buy and hold with its trades marked, and the drawdown below."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tetra import settings
from tetra.backtest.one_cell import CellView
from tetra.errors import BacktestError, unknown_value
from tetra.typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
SIZE_IN_INCHES, DOTS_PER_INCH = (11.0, 6.5), 150
INK, GREY, BLUE, GREEN, RED = "#1f2933", "#9aa5b1", "#1f5fbf", "#1a7f4b", "#c0392b"
MOST_MARKS = 80
"""Trades are marked up to this many: more would hide the curve."""


def check_path(path: Path) -> None:
    """Raise unless a picture can be written there.

    Raises
    ------
    BacktestError
        If the format is unknown or the folder does not exist.
    """
    if path.suffix.lower() not in FORMATS:
        raise BacktestError(unknown_value("format of pictures", path.suffix, FORMATS))
    if not path.absolute().parent.is_dir():
        raise BacktestError(f"{path.absolute().parent} does not exist; make the folder or give another")


def write_picture(view: CellView, path: Path) -> None:
    """Draw a cell and write it; a file that is there is replaced once the new one is whole.

    Raises
    ------
    BacktestError
        If the path cannot be written to, or the cell has no session.
    """
    check_path(path)
    if view.sessions.size == 0:
        raise BacktestError(f"{view.symbol} has no session in {view.scenario_name!r}; there is nothing to draw")
    beside = path.with_name(f".{path.stem}.new{path.suffix}")
    try:
        draw(view).savefig(beside, dpi=DOTS_PER_INCH)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def draw(view: CellView) -> Figure:
    """Return the figure of a cell."""
    # its font cache belongs with everything else that is made here, not into somebody's home
    os.environ.setdefault("MPLCONFIGDIR", str(settings.state_dir() / "matplotlib"))
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_IN_INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    figure.suptitle(
        f"{view.strategy_name} on {view.symbol} in {view.scenario_name}", x=0.012, ha="left", weight="bold", color=INK
    )
    above.set_title(_summary(view), loc="left", fontsize=9.5, color=INK)
    _draw_equity(above, view)
    _draw_drawdown(below, view)
    _style(above, below)
    return figure


def _summary(view: CellView) -> str:
    told = {"return": "total_return", "buy and hold": None, "max drawdown": "max_drawdown"}
    held = float(view.benchmark_equity[-1]) - 1.0
    values = {label: held if name is None else view.metric(name) for label, name in told.items()}
    sharpe = view.metric("sharpe_ratio")
    parts = [f"as of {view.as_of}", view.scenario_family.replace("_", " ")]
    parts += [f"{label} {100.0 * value:+.1f} %" for label, value in values.items()]
    parts.append("Sharpe undefined" if np.isnan(sharpe) else f"Sharpe {sharpe:.2f}")
    return "  ·  ".join([*parts, f"{len(view.trades)} trades"])


def _draw_equity(axes: Axes, view: CellView) -> None:
    axes.axhline(1.0, color=GREY, linewidth=0.8, linestyle=":")
    axes.plot(view.sessions, view.benchmark_equity, color=GREY, linewidth=1.3, label="buy and hold, without costs")
    axes.plot(view.sessions, view.equity, color=BLUE, linewidth=1.8, label=view.strategy_name)
    if len(view.trades) <= MOST_MARKS:
        entries = [np.datetime64(trade.entry_date) for trade in view.trades]
        exits = [np.datetime64(trade.exit_date) for trade in view.trades if trade.exit_date is not None]
        for days, marker, colour, label in ((entries, "^", GREEN, "opened"), (exits, "v", RED, "closed")):
            at = np.searchsorted(view.sessions, np.array(days, dtype="datetime64[D]"))
            axes.scatter(
                view.sessions[at], view.equity[at], s=42, marker=marker, color=colour, edgecolors="white",
                linewidths=0.6, zorder=3, label=f"{label} ({len(days)})",
            )  # fmt: skip
    axes.set_ylabel("equity, 1 at the start")
    axes.legend(loc="best", frameon=False, fontsize=9)


def _draw_drawdown(axes: Axes, view: CellView) -> None:
    drawdowns = [_drawdowns(curve) for curve in (view.equity, view.benchmark_equity)]
    axes.fill_between(view.sessions, 100.0 * drawdowns[0], 0.0, color=RED, alpha=0.25, linewidth=0)
    axes.plot(view.sessions, 100.0 * drawdowns[0], color=RED, linewidth=1.1)
    axes.plot(view.sessions, 100.0 * drawdowns[1], color=GREY, linewidth=1.0)
    axes.set_ylabel("drawdown, %")
    axes.set_ylim(top=0.0)


def _drawdowns(equity: FloatArray) -> FloatArray:
    # the capital before the first bar is the first peak
    peaks = np.maximum(np.maximum.accumulate(equity), 1.0)
    drawdowns: FloatArray = equity / peaks - 1.0
    return drawdowns


def _style(above: Axes, below: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=5, maxticks=10)  # type: ignore[no-untyped-call]  # matplotlib.dates has no types
    below.xaxis.set_major_locator(locator)
    below.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    above.margins(x=0.01)
    for axes in (above, below):
        axes.grid(axis="y", color="#e4e7eb", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=INK, labelsize=9)
