"""The files source on real folders, where there are any."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.tetra.sources.price_files import LAYOUTS, YEARS, bars, macro, source

from tetra.sources.base import BarRequest, MacroRequest
from tetra.sources.files import FilesSource


def test_every_real_macro_series_is_read_whole(market_data: Path):
    folder = market_data / "macro_fred"
    names = sorted(path.name.partition(".")[0] for path in folder.glob("*.csv*"))
    batches = list(
        source(folder, "{symbol}.csv*", "fred").macro(MacroRequest(tuple(names), date(1900, 1, 1), YEARS[1]))
    )
    assert [batch.series_id for batch in batches] == names
    assert len(names) >= 66
    assert [batch.rejected for batch in batches] == [()] * len(names)
    assert min(batch.values.size for batch in batches) > 40


@pytest.mark.parametrize(
    ("path", "layout", "symbol", "first_day", "first_close", "sessions"),
    [
        ("indices/wti-daily.csv", "date_price", "WTI", "1986-01-02", 25.56, 10_000),
        ("indices/brent-daily.csv", "date_price", "BRENT", "1987-05-20", 18.63, 9_000),
        ("lean/crypto/coinbase/daily/btcusd_trade.zip", "lean_trade", "BTC-USD", "2014-12-01", 370.0, 1_300),
        # bid 1.32095, ask 1.32195
        ("lean/forex/oanda/daily/eurusd.zip", "lean_quote", "EUR-USD", "2007-01-01", 1.32145, 3_500),
    ],
)
def test_real_files_of_one_symbol_are_read_whole(
    market_data: Path, path: str, layout: str, symbol: str, first_day: str, first_close: float, sessions: int
):
    block = {"path": str(market_data / path), "layout": layout, "symbols": [symbol]}
    batch = bars(FilesSource(layouts=LAYOUTS, bars={"mine": block}), symbol, span=(date(1980, 1, 1), YEARS[1]))
    assert (str(batch.sessions[0]), batch.rejected) == (first_day, ())
    assert batch.close[0] == pytest.approx(first_close)
    assert batch.close.size > sessions


def test_every_real_daily_zip_is_read_whole(market_data: Path):
    folder = market_data / "lean/equity/usa/daily"
    names = sorted(path.stem.upper() for path in folder.glob("*.zip"))
    batches = list(
        source(folder, "{symbol_lower}.zip", "lean").bars(BarRequest({name: name for name in names}, *YEARS))
    )
    assert [(batch.symbol, batch.rejected) for batch in batches] == [(name, ()) for name in names]


def test_real_files_of_each_shipped_layout_are_read(market_data: Path):
    spy = bars(source(market_data / "lean/equity/usa/daily", "{symbol_lower}.zip", "lean"), "SPY")
    assert spy.close[spy.sessions == np.datetime64("2008-10-15")].tolist() == [90.75]
    technology = bars(source(market_data / "sector_etfs", "{symbol}.csv.xz", "yahoo"), "XLK")
    assert (str(technology.sessions[0]), technology.sessions.size) == ("1998-12-22", 6823)
    vix = bars(source(market_data / "indices", "vix-daily.csv", "ohlc", symbols=["VIX"]), "VIX")
    assert vix.close[vix.sessions == np.datetime64("2020-03-16")].tolist() == [82.69]
    aaa = macro(source(market_data / "macro_fred", "{symbol}.csv", "fred"), "AAA")
    assert (str(aaa.observation_dates[0]), aaa.values[-1] > 0) == ("1990-01-01", True)
    for batch in (spy, technology, vix, aaa):
        assert batch.rejected == ()
