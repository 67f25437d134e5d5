"""A cell as a picture: equity beside buy and hold with its trades marked, and the drawdown below."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tetra import settings
from tetra.backtest.cell_text import counted
from tetra.backtest.one_cell import CellView
from tetra.errors import BacktestError, unknown_value
from tetra.typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
SIZE_IN_INCHES, DOTS_PER_INCH = (11.0, 6.5), 150
INK, GREY, BLUE, GREEN, RED = "#1f2933", "#9aa5b1", "#1f5fbf", "#1a7f4b", "#c0392b"
WIDE_RANGE = 8.0
MOST_LARGE_MARKS = 60
"""More trades than this are marked small: large marks would hide the curve."""


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
    # the blank line of the title is where the summary stands
    above.set_title(
        f"{view.strategy_name} on {view.symbol} in {view.scenario_name}\n", loc="left", weight="bold", color=INK
    )
    above.text(0.0, 1.025, _summary(view), transform=above.transAxes, fontsize=9.5, color=INK)
    _draw_equity(above, view)
    _draw_drawdown(below, view)
    _style(above, below)
    figure.align_ylabels()
    return figure


def _summary(view: CellView) -> str:
    held, sharpe = float(view.benchmark_equity[-1]) - 1.0, view.metric("sharpe_ratio")
    return "  ·  ".join(
        [
            f"as of {view.as_of}",
            view.scenario_family.replace("_", " "),
            f"return {100.0 * view.metric('total_return'):+.1f} %",
            f"buy and hold {100.0 * held:+.1f} %",
            f"max drawdown {abs(100.0 * view.metric('max_drawdown')):.1f} %",
            "Sharpe undefined" if np.isnan(sharpe) else f"Sharpe {sharpe:.2f}",
            counted(len(view.trades), "trade"),
        ]
    )


def _draw_equity(axes: Axes, view: CellView) -> None:
    axes.axhline(1.0, color=GREY, linewidth=0.8, linestyle=":")
    axes.plot(view.sessions, view.benchmark_equity, color=GREY, linewidth=1.3, label="buy and hold, without costs")
    axes.plot(view.sessions, view.equity, color=BLUE, linewidth=1.8, label=view.strategy_name)
    opened = [trade.entry_date for trade in view.trades]
    closed = [trade.exit_date for trade in view.trades if trade.exit_date is not None]
    _mark(axes, view, opened, marker="^", colour=GREEN, label="opened")
    _mark(axes, view, closed, marker="v", colour=RED, label="closed")
    axes.set_ylabel("equity, 1 at the start")
    curves = np.concatenate([view.equity, view.benchmark_equity])
    if curves.min() > 0.0 and curves.max() > WIDE_RANGE * curves.min():
        axes.set_yscale("log")  # decades of growth on a straight scale are one flat line under another
    axes.legend(loc="best", frameon=False, fontsize=9)


def _mark(axes: Axes, view: CellView, days: list[date], *, marker: str, colour: str, label: str) -> None:
    if not days:
        return
    at = np.searchsorted(view.sessions, np.array(days, dtype="datetime64[D]"))
    is_many = len(days) > MOST_LARGE_MARKS
    axes.scatter(
        view.sessions[at],
        view.equity[at],
        s=14 if is_many else 44,
        alpha=0.6 if is_many else 1.0,
        marker=marker,
        color=colour,
        edgecolors="white",
        linewidths=0.3 if is_many else 0.6,
        zorder=3,
        label=f"{label} ({len(days)})",
    )


def _draw_drawdown(axes: Axes, view: CellView) -> None:
    own, held = (100.0 * _drawdowns(curve) for curve in (view.equity, view.benchmark_equity))
    axes.plot(view.sessions, held, color=GREY, linewidth=1.0)
    axes.fill_between(view.sessions, own, 0.0, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(view.sessions, own, color=BLUE, linewidth=1.2)
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
