"""Landing of prices: daily and hourly bars, splits and dividends; the whole history where a source restated it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tetra.calendars import STOCK_CALENDAR, day_after_previous_session, sessions_between
from tetra.data import landing
from tetra.data.ingest_report import TableReport, joined
from tetra.data.ingest_run import IngestRun
from tetra.data.records import Checked, check_actions, check_bars
from tetra.errors import RestatedHistory
from tetra.sources.base import BarBatch, BarRequest, DataKind, Timeframe
from tetra.sources.registry import Fetch

log = logging.getLogger(__name__)

HOURLY_SUITE = "market_data.ohlcv_hourly"
"""What the report and the gate call the hourly bars of ``market_data.ohlcv``."""


def land_prices(run: IngestRun) -> tuple[TableReport, ...]:
    """Land bars and actions; of symbols whose source has adjusted its prices since, all of their history first.

    Parameters
    ----------
    run : IngestRun
        Whose symbols and days are landed.

    Returns
    -------
    tuple of TableReport
        One per table and timeframe that a source was asked for.

    Raises
    ------
    SourceUnavailable
        If bars are required and no source serves any.
    """
    try:
        return _land(run, heal=True)
    except RestatedHistory as restated:
        log.warning("%s; landing all of its history", restated)
        last_day = max(run.request.end_date, restated.last_day)
        whole = replace(run.request, start_date=restated.first_day, end_date=last_day)
        # a symbol whose source gives its history no more is set aside: it must not hold up the others
        again = _land(replace(run, request=whole, symbols=restated.symbols), heal=False)
        return joined((*again, *_land(run, heal=False)))


def _land(run: IngestRun, *, heal: bool) -> tuple[TableReport, ...]:
    return *_land_bars_and_actions(run, heal=heal), *_land_hourly_bars(run, heal=heal)


def _land_bars_and_actions(run: IngestRun, *, heal: bool) -> tuple[TableReport, ...]:
    """Land both; actions are merged first, so that a killed run leaves no raw bar without its split."""
    bars_staged, bars_fetch = _stage_bars(run, "1d")
    reports: tuple[TableReport, ...] = ()
    wanted, tickers = _wanted(run, "1d")
    if wanted.tickers and run.asks_for("actions"):
        fetch = Fetch()
        batches = run.registry.actions(wanted, tickers, fetch)
        staged = landing.stage(run.connection, landing.CORPORATE_ACTIONS, (check_actions(batch) for batch in batches))
        run.require("actions", fetch, tuple(wanted.tickers))
        reports = (run.merge(landing.CORPORATE_ACTIONS, staged, fetch),)
    if bars_staged is None:
        return reports
    return run.merge(landing.BARS, bars_staged, bars_fetch, heal=heal), *reports


def _land_hourly_bars(run: IngestRun, *, heal: bool) -> tuple[TableReport, ...]:
    staged, fetch = _stage_bars(run, "1h")
    if staged is None:
        return ()
    return (replace(run.merge(landing.BARS, staged, fetch, heal=heal), table=HOURLY_SUITE),)


def _wanted(run: IngestRun, timeframe: Timeframe) -> tuple[BarRequest, dict[str, Mapping[str, str]]]:
    """Return what to ask for, and the vendors' tickers; what was delisted before is not asked for."""
    instruments, request = run.universe.instruments, run.request
    trading = [symbol for symbol in run.symbols if instruments[symbol].trades_from(request.start_date)]
    # the closed days before a session are its own: markets that never close trade on them
    first_day = day_after_previous_session(STOCK_CALENDAR, request.start_date)
    wanted = BarRequest({symbol: symbol for symbol in trading}, first_day, request.end_date, timeframe)
    return wanted, {symbol: instruments[symbol].vendor_tickers for symbol in trading}


def _stage_bars(run: IngestRun, timeframe: Timeframe) -> tuple[landing.Staged | None, Fetch]:
    kind: DataKind = "bars" if timeframe == "1d" else "hourly_bars"
    fetch = Fetch()
    wanted, tickers = _wanted(run, timeframe)
    if not wanted.tickers or not run.asks_for(kind):
        return None, fetch

    def checked() -> Iterator[Checked[BarBatch]]:
        for batch in run.registry.bars(wanted, tickers, fetch):
            calendar = run.universe.calendar_of(batch.symbol)
            yield check_bars(
                batch,
                sessions=sessions_between(calendar, wanted.start, wanted.end),
                calendar=calendar,
                asset_class=run.universe.instruments[batch.symbol].asset_class,
            )

    staged = landing.stage(run.connection, landing.BARS, checked())
    run.require(kind, fetch, tuple(wanted.tickers))
    return staged, fetch
