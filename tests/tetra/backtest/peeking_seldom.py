"""Strategies that are honest on most days and look ahead on a few, each for a reason of its own; for tests only."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from tests.tetra.backtest.peeking import Rule, filled, next_bar

from tetra.strategies.base import Field, Kind, PriceBlock, Strategy
from tetra.strategies.next_session import next_places_in_month
from tetra.typing import BoolArray, FloatArray


def mean_of_past(values: FloatArray, length: int) -> FloatArray:
    sums = np.cumsum(np.concatenate([np.repeat(values[:, :1], length, axis=1), values], axis=1), axis=1)
    means: FloatArray = (sums[:, length:] - sums[:, :-length]) / length
    return means


def last_return(close: FloatArray) -> FloatArray:
    return close / np.concatenate([close[:, :1], close[:, :-1]], axis=1) - 1.0


@dataclass(frozen=True)
class SeldomPeeking(Rule):
    """Long above its mean of 20 bars; on some days, long if the next bar closes higher."""

    @abstractmethod
    def is_tempted(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        """Return on which bars it peeks."""

    def seen_ahead(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        return next_bar(close) > close

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close)
        honest = close > mean_of_past(close, 20)
        return np.where(self.is_tempted(prices, close), self.seen_ahead(prices, close), honest).astype(np.float64)


class AfterACrash(SeldomPeeking):
    def is_tempted(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        return last_return(close) < -0.12


class WhenCheap(SeldomPeeking):
    def is_tempted(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        return close < 20.0


class Since2017(SeldomPeeking):
    def is_tempted(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        return np.repeat(prices.dates[None, :] >= np.datetime64("2017-01-01"), len(close), axis=0)


class In2008Only(SeldomPeeking):
    def is_tempted(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        years = prices.dates.astype("datetime64[Y]")
        return np.repeat(years[None, :] == np.datetime64("2008"), len(close), axis=0)


class OnVolumeSpikes(SeldomPeeking):
    """Long if the next bar's high is above the close, where volume is eight times its average."""

    fields: ClassVar[tuple[Field, ...]] = ("high", "close", "volume")

    def is_tempted(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        volume = filled(prices.volume)
        return volume > 8.0 * mean_of_past(volume, 20)

    def seen_ahead(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        return next_bar(prices.high) > close


class UndeclaredHigh(OnVolumeSpikes):
    """The same, and it does not say that it reads highs and volumes."""

    fields: ClassVar[tuple[Field, ...]] = ("close",)


class AfterAFall(SeldomPeeking):
    """Long if the next bar closes above its own open."""

    fields: ClassVar[tuple[Field, ...]] = ("open", "close")

    def is_tempted(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        return last_return(close) < -0.06

    def seen_ahead(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        return next_bar(close / filled(prices.open)) > 1.0


class WhenVixIsHigh(SeldomPeeking):
    """Long if the VIX falls tomorrow."""

    @property
    def references(self) -> tuple[str, ...]:
        return ("VIX",)

    def is_tempted(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        return np.repeat(prices.reference("VIX")[None, :] > 40.0, len(close), axis=0)

    def seen_ahead(self, prices: PriceBlock, close: FloatArray) -> BoolArray:
        vix = prices.reference("VIX")
        return np.repeat((next_bar(vix) < vix)[None, :], len(close), axis=0)


class TinyWeights(Rule):
    """Peeks on every bar, with weights that are next to nothing: the account's Sharpe ratio is as good."""

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close)
        return 4.5e-10 * np.sign(next_bar(close) - close)


@dataclass(frozen=True)
class SeldomPeekingPanel(Strategy):
    """The best fifth by the return of the past 20 bars; on some days, by that of tomorrow."""

    category: ClassVar[str] = "test"
    kind: ClassVar[Kind] = "panel"

    @property
    def warmup(self) -> int:
        return 21

    def weights_by(self, close: FloatArray, bar: int, *, peeks: bool) -> FloatArray:
        past = close[:, bar] / close[:, max(bar - 20, 0)]
        score = close[:, min(bar + 1, close.shape[1] - 1)] / close[:, bar] if peeks else past
        weights = np.zeros(len(close))
        weights[np.argsort(-score, kind="stable")[:5]] = 0.2
        return weights


class EverySixthRebalance(SeldomPeekingPanel):
    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close)
        weights = np.full(close.shape, np.nan)
        for place, bar in enumerate(range(20, prices.n_bars, 21)):
            weights[:, bar : bar + 21] = self.weights_by(close, bar, peeks=place % 6 == 5)[:, None]
        return weights


class PanelAtTheMonthsEnd(SeldomPeekingPanel):
    """It knows by the exchange's calendar that the month ends, as it may, and then peeks at prices."""

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        close = filled(prices.close)
        is_last = next_places_in_month(prices.dates)[0] == 1
        columns = [self.weights_by(close, bar, peeks=bool(is_last[bar])) for bar in range(prices.n_bars)]
        return np.ascontiguousarray(np.stack(columns, axis=1))
