"""Strategies that look ahead, each in a way of its own, and honest ones beside them; for tests only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.strategies.base import Field, Kind, LegsStrategy, PriceBlock, Strategy
from tetra.typing import FloatArray


@dataclass(frozen=True)
class Rule(Strategy):
    category: ClassVar[str] = "test"

    @property
    def warmup(self) -> int:
        return 5


def filled(values: FloatArray) -> FloatArray:
    """Every series without its gaps: the last value known, 100 before the first."""
    known = np.where(np.isnan(values), 0, np.arange(values.shape[1]))
    last = np.take_along_axis(values, np.maximum.accumulate(known, axis=1), axis=1)
    return np.where(np.isnan(last), 100.0, last)


def next_bar(values: FloatArray) -> FloatArray:
    return np.concatenate([values[..., 1:], values[..., -1:]], axis=-1)


class TomorrowsClose(Rule):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close)
        return next_bar(close) / close - 1.0


class TomorrowsSign(Rule):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close)
        return np.where(next_bar(close) > close, 1.0, 0.0)


class CentredWindow(Rule):
    """Its mean of five bars has two of them ahead."""

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        centred = np.stack([np.convolve(row, np.ones(5) / 5, mode="same") for row in filled(prices.close)])
        return centred / 1000.0


class FullSampleScore(Rule):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close)
        return (close - close.mean(axis=1, keepdims=True)) / (10.0 * close.std(axis=1, keepdims=True))


class BackfilledGaps(Rule):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close[:, ::-1])[:, ::-1]
        return np.where(np.isnan(prices.close), close / 1000.0, 0.0)


class EarlyEarnings(Rule):
    """A join on dates that is off by one: the report is there a session before it was known."""

    fields: ClassVar[tuple[Field, ...]] = ("close", "earnings_surprise")

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        joined = np.full(prices.close.shape, np.nan)
        joined[:, :-1] = prices.field("earnings_surprise")[:, 1:]
        return np.where(joined > 0.0, 1.0, 0.0)


class EarlySentiment(Rule):
    fields: ClassVar[tuple[Field, ...]] = ("close", "news_sentiment")

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        return np.nan_to_num(next_bar(prices.field("news_sentiment")))


class EarlyReference(Rule):
    """The reference is joined a bar late, which is a bar early for whoever reads it."""

    @property
    def references(self) -> tuple[str, ...]:
        return ("VIX",)

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        calm = np.where(next_bar(prices.reference("VIX")) < 20.0, 1.0, 0.0)
        return np.repeat(calm[None, :], len(prices.symbols), axis=0)


class NextSessionsMonth(Rule):
    """Long on the last session of a month, which it knows by reading the next date of the block."""

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        month = prices.dates.astype("datetime64[M]")
        is_last = next_bar(month) != month
        return np.repeat(np.where(is_last, 1.0, 0.0)[None, :], len(prices.symbols), axis=0)


class OneBarOfOneSeries(Rule):
    """Peeks on bar 150 of the fourth series alone, at bar 250."""

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        weights = np.zeros(prices.close.shape)
        if prices.n_bars > 250 and len(prices.symbols) > 3:
            weights[3, 150] = np.nan_to_num(prices.close[3, 250], nan=1.0)
        return weights


class OneBarAheadOnce(Rule):
    """Peeks on bar 150 alone, at the bar after it: only a cut right between them shows it."""

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        weights = np.zeros(prices.close.shape)
        if prices.n_bars > 151:
            weights[:, 150] = np.nan_to_num(prices.close[:, 151], nan=1.0)
        return weights


@dataclass(frozen=True)
class FullSampleHedge(LegsStrategy):
    """The ratio of the two legs is fitted on all bars there are."""

    category: ClassVar[str] = "test"

    @property
    def warmup(self) -> int:
        return 5

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        first, second = np.log(filled(prices.close))
        ratio = float(np.polyfit(second, first, 1)[0])
        return np.stack([np.full(first.size, 0.5), np.full(first.size, -0.5 * ratio)])


@dataclass(frozen=True)
class CountingPanel(Strategy):
    """Every 21 bars, the three with the most rises of the past 20; of equals, the first."""

    category: ClassVar[str] = "test"
    kind: ClassVar[Kind] = "panel"

    @property
    def warmup(self) -> int:
        return 21

    def tie_break(self, close: FloatArray, bar: int) -> FloatArray:
        return np.zeros(close.shape[0])

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close)
        weights = np.full(close.shape, np.nan)
        for bar in range(20, prices.n_bars, 21):
            rises = (np.diff(close[:, bar - 20 : bar + 1], axis=1) > 0.0).sum(axis=1)
            best = np.lexsort((self.tie_break(close, bar), rises))[-3:]
            weights[:, bar : bar + 21] = 0.0
            weights[best, bar : bar + 21] = 1.0 / 3.0
        return weights


class TieBreakingPanel(CountingPanel):
    """Of equals, the one that rises most tomorrow."""

    def tie_break(self, close: FloatArray, bar: int) -> FloatArray:
        tomorrow: FloatArray = close[:, min(bar + 1, close.shape[1] - 1)] / close[:, bar]
        return tomorrow


class SummingFromTheEnd(Rule):
    """Honest: a mean of the past 20 bars, taken as a difference of sums that run from the last bar to the first."""

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close)
        padded = np.concatenate([np.repeat(close[:, :1], 20, axis=1), close], axis=1)
        from_end = np.cumsum(padded[:, ::-1], axis=1)[:, ::-1]
        return (from_end[:, 1 : close.shape[1] + 1] - np.append(from_end[:, 21:], np.zeros((len(close), 1)), 1)) / 1e4


class KnownCalendar(Rule):
    """Honest: the exchange's calendar is known ahead, so the last session of a month is known on the day."""

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        from tetra.calendars import STOCK_CALENDAR, sessions_after

        days = prices.dates.tolist()
        is_last = [sessions_after(STOCK_CALENDAR, day, 1)[0].item().month != day.month for day in days]
        return np.repeat(np.array(is_last, dtype=np.float64)[None, :], len(prices.symbols), axis=0)
