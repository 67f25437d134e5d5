"""Price histories of real sources, without a database: what ``load_history`` would give of what they would land."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.adjustments import RAW, SPLIT, TOTAL, CorporateAction, adjustment_factors
from tetra.data.prices import FIELDS, PriceHistory
from tetra.errors import SourceUnavailable
from tetra.settings import load_yaml
from tetra.sources.base import BarBatch, BarRequest, Source
from tetra.sources.files import FilesSource
from tetra.sources.sample import SampleSource

EARLIEST = date(1970, 1, 1)
BASIS = {"raw": RAW, "split": SPLIT, "total": TOTAL}
LEAN_ETFS = ("EEM", "IWM", "QQQ", "SPY")
SAMPLE_AS_OF, FILES_AS_OF = date(2022, 12, 28), date(2026, 2, 6)
"""The last sessions of the sample source and of the sector ETFs."""


@functools.cache
def sample_history() -> PriceHistory:
    """Everything in the sample source."""
    parameters = load_yaml("sources.yaml")["sources"]["sample"]
    return history_of(SampleSource(**parameters), list(parameters["bars"]), as_of=SAMPLE_AS_OF)


@functools.cache
def files_history(folder: Path) -> PriceHistory:
    """The 504 stocks, four ETFs in QuantConnect's format, the 11 sector ETFs and the VIX."""
    stocks = sorted(path.name.split(".csv")[0] for path in (folder / "equities_daily_adjusted").glob("*.csv*"))
    sectors = sorted(path.name.split(".csv")[0] for path in (folder / "sector_etfs").glob("*.csv*"))
    lean = folder / "lean" / "equity" / "usa"
    source = FilesSource(
        layouts=load_yaml("sources.yaml")["sources"]["files"]["layouts"],
        bars={
            "stocks": {"path": f"{folder}/equities_daily_adjusted/{{symbol}}.csv*", "layout": "alpha_vantage"},
            "sectors": {"path": f"{folder}/sector_etfs/{{symbol}}.csv*", "layout": "yahoo"},
            "etfs": {
                "path": f"{lean}/daily/{{symbol_lower}}.zip",
                "layout": "lean",
                "symbols": list(LEAN_ETFS),
            },
            "vix": {"path": f"{folder}/indices/vix-daily.csv", "layout": "ohlc", "symbols": ["VIX"]},
        },
        actions={
            "factors": {
                "path": f"{lean}/factor_files/{{symbol_lower}}.csv",
                "layout": "lean_factors",
                "symbols": list(LEAN_ETFS),
            }
        },
    )
    return history_of(source, [*stocks, *sectors, *LEAN_ETFS, "VIX"], as_of=FILES_AS_OF)


def history_of(source: Source, symbols: Sequence[str], *, as_of: date) -> PriceHistory:
    """Return what a source has of some symbols up to a date, adjusted with the actions it tells."""
    names = tuple(sorted(symbols))
    request = BarRequest({name: name for name in names}, EARLIEST, as_of)
    batches: dict[str, list[BarBatch]] = {}
    for batch in source.bars(request):
        batches.setdefault(batch.symbol, []).append(batch)
    first = min(batch.sessions.min() for held in batches.values() for batch in held).item()
    sessions = sessions_between(STOCK_CALENDAR, first, as_of)
    grids = {field: np.full((len(names), sessions.size), np.nan) for field in FIELDS}
    basis = np.full((len(names), sessions.size), -1, dtype=np.int8)
    for row, name in enumerate(names):
        for batch in batches.get(name, []):
            inside = np.isin(batch.sessions, sessions)
            columns = np.searchsorted(sessions, batch.sessions[inside])
            basis[row, columns] = BASIS[batch.price_basis]
            for field in FIELDS:
                grids[field][row, columns] = getattr(batch, field)[inside]
    for name, actions in _actions_of(source, request).items():
        row = names.index(name)
        prices, shares = adjustment_factors(
            symbol=name, sessions=sessions, close=grids["close"][row], basis=basis[row], actions=actions, as_of=as_of
        )
        for field in FIELDS:
            grids[field][row] *= shares if field == "volume" else prices
    is_tradable = np.array([name != "VIX" for name in names])
    return PriceHistory(symbols=names, sessions=sessions, is_tradable=is_tradable, **grids)


def _actions_of(source: Source, request: BarRequest) -> Mapping[str, list[CorporateAction]]:
    try:
        batches = list(source.actions(request))
    except SourceUnavailable:  # the sample source has none
        return {}
    return {
        batch.symbol: [
            CorporateAction(kind, day.item(), float(value))
            for kind, day, value in zip(batch.action_types, batch.ex_dates, batch.values, strict=True)
        ]
        for batch in batches
    }
