"""derived.technical_indicators against TA-Lib: on bars that ship in packages, and on whole histories where they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest
import talib

from tetra.settings import load_yaml
from tetra.sources.base import BarRequest
from tetra.sources.sample import SampleSource

pytestmark = pytest.mark.postgres

SAMPLE = ("SPX", "IXIC", "META", "GOOGL", "IBM")
CLOSE_ONLY = "JNJ"
STOCKS_APART = 40
"""Of 504 stocks every so many-th, beside the eleven sector funds: 24 histories."""
EARLIER = "2013-02-28"
FIELDS = ("open", "high", "low", "close", "volume")

PRICES = (
    *("sma_20", "sma_50", "sma_200", "ema_12", "ema_26", "ema_50", "atr_14"),
    *("macd_line", "macd_signal", "macd_histogram", "bollinger_lower", "bollinger_middle", "bollinger_upper"),
)
PLACES = ("stochastic_k", "stochastic_d", "adx_14", "plus_di_14", "minus_di_14")


def _of_talib(bars: pd.DataFrame) -> pd.DataFrame:
    """What TA-Lib makes of gapless bars."""
    high, low, close, volume = (bars[field].to_numpy(np.float64) for field in ("high", "low", "close", "volume"))
    made = {f"sma_{length}": talib.SMA(close, length) for length in (20, 50, 200)}
    made |= {f"ema_{length}": talib.EMA(close, length) for length in (12, 26, 50)}
    made["macd_line"], made["macd_signal"], made["macd_histogram"] = talib.MACD(close, 12, 26, 9)
    made["bollinger_upper"], made["bollinger_middle"], made["bollinger_lower"] = talib.BBANDS(close, 20, 2.0, 2.0)
    made["stochastic_k"], made["stochastic_d"] = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    made |= {"rsi_14": talib.RSI(close, 14), "atr_14": talib.ATR(high, low, close, 14)}
    made |= {"adx_14": talib.ADX(high, low, close, 14), "obv": talib.OBV(close, volume)}
    made |= {"plus_di_14": talib.PLUS_DI(high, low, close, 14), "minus_di_14": talib.MINUS_DI(high, low, close, 14)}
    return pd.DataFrame(made, index=bars.index)


def _assert_equal(ours: pd.DataFrame, theirs: pd.DataFrame, bars: pd.DataFrame) -> None:
    scales = dict.fromkeys(PRICES, bars["close"].median()) | {"obv": bars["volume"].median()}
    for name in (*PRICES, "rsi_14", *PLACES, "obv"):
        expected = theirs[name].to_numpy()
        np.testing.assert_array_equal(ours[name].isna(), np.isnan(expected), err_msg=name)
        apart = np.abs(ours[name].to_numpy() - expected) > 1e-9 * np.maximum(np.abs(expected), scales.get(name, 1.0))
        assert not apart.any(), f"{name} on {list(bars.index[apart][:5])}"


def _land(connection: Any, symbol: str, bars: pd.DataFrame, basis: str = "total") -> None:
    connection.execute(
        "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable)"
        " values (%s, %s, 'stock', 'XNYS', 'USD', true) on conflict do nothing",
        [symbol, symbol],
    )
    columns = f"symbol, timeframe, ts, {', '.join(FIELDS)}, price_basis, source"
    with connection.cursor().copy(f"copy market_data.ohlcv ({columns}) from stdin") as copy:
        for day, *values in bars[list(FIELDS)].itertuples():
            known = [None if np.isnan(value) else value for value in values]
            copy.write_row((symbol, "1d", f"{day:%Y-%m-%d} 00:00+00", *known, basis, "test"))


def _sample(symbols: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    source = SampleSource(**load_yaml("sources.yaml")["sources"]["sample"])
    request = BarRequest({symbol: symbol for symbol in symbols}, date(1999, 1, 4), date(2018, 12, 31))
    parts: dict[str, list[pd.DataFrame]] = {}
    for batch in source.bars(request):
        part = pd.DataFrame({field: getattr(batch, field) for field in FIELDS}, index=pd.DatetimeIndex(batch.sessions))
        parts.setdefault(batch.symbol, []).append(part)
    return {symbol: pd.concat(found).sort_index() for symbol, found in parts.items()}


def _with_gaps(bars: pd.DataFrame) -> pd.DataFrame:
    """Every seventh bar without high, every fifth without volume, as a source that fills in a close."""
    gapped = bars.copy()
    gapped.iloc[3::7, FIELDS.index("high")] = np.nan
    gapped.iloc[2::5, FIELDS.index("volume")] = np.nan
    return gapped


def _read(dbt: Any, relation: str, symbol: str) -> pd.DataFrame:
    with psycopg.connect(dbt.owner_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"select * from {relation} where symbol = %s order by session_date", [symbol])
        rows = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
    rows.index = pd.DatetimeIndex(rows.pop("session_date")).as_unit("us")
    return rows.drop(columns="symbol")


def _bars(dbt: Any, symbol: str) -> pd.DataFrame:
    rows = _read(dbt, "intermediate.int_bars_adjusted_for_actions", symbol)
    return rows.rename(columns=lambda name: name.removeprefix("adjusted_"))[list(FIELDS)].astype(float)


def _indicators(dbt: Any, symbol: str) -> pd.DataFrame:
    return _read(dbt, "derived.technical_indicators", symbol).astype(float)


def _checksum(dbt: Any) -> str:
    with dbt.connect() as connection:
        statement = (
            "select md5(string_agg(rows::text, '' order by rows::text)) from derived.technical_indicators as rows"
        )
        return str(connection.execute(statement).fetchone()[0])


def _run(dbt: Any, as_of: str, *arguments: str) -> None:
    outcome = dbt("run", "--select", "+technical_indicators", *arguments, as_of=as_of)
    assert outcome.returncode == 0, outcome.output


@pytest.fixture(scope="module")
def histories() -> dict[str, pd.DataFrame]:
    """Whole histories of funds and stocks by symbol; empty where the folder of real market data is absent."""
    from tests.conftest import MARKET_DATA

    files = sorted((MARKET_DATA / "equities_daily_adjusted").glob("*.csv*"))[::STOCKS_APART]
    files += sorted((MARKET_DATA / "sector_etfs").glob("*.csv*"))
    return {_symbol(file): _history(file) for file in files}


def _symbol(file: Path) -> str:
    return f"{file.name.partition('.')[0]}.FILE"


def _history(file: Path) -> pd.DataFrame:
    table = pd.read_csv(file).rename(columns=str.lower).rename(columns={"date": "timestamp"}).dropna(subset=["close"])
    table.index = pd.DatetimeIndex(table["timestamp"].str[:10])  # some files give midnight in New York
    return table.sort_index()


@pytest.fixture(scope="module")
def built(dbt: Any, instruments: None, histories: dict[str, pd.DataFrame]) -> Any:
    """The mart, built as of a day in 2013 and then for the last session landed."""
    sample = _sample((*SAMPLE, CLOSE_ONLY))
    last = max(bars.index[-1] for bars in (sample | histories).values())
    with dbt.connect() as connection:
        for symbol, bars in sample.items():
            _land(connection, symbol, bars)
        _land(connection, "GAPPED", _with_gaps(sample["SPX"]))
        _land(connection, "SPLIT", sample["IBM"], basis="raw")
        connection.execute(
            "insert into market_data.corporate_actions (symbol, action_type, ex_date, value, source)"
            " values ('SPLIT', 'split', '2008-06-02', 4, 'test')"
        )
        for symbol, bars in histories.items():
            _land(connection, symbol, bars)
    _run(dbt, EARLIER)
    _run(dbt, f"{last:%Y-%m-%d}")
    return dbt


@pytest.mark.parametrize("symbol", [*SAMPLE, "SPLIT"])
def test_indicators_equal_talib_on_bars_that_ship_in_packages(built: Any, symbol: str) -> None:
    bars = _bars(built, symbol)
    assert len(bars) > 190
    _assert_equal(_indicators(built, symbol), _of_talib(bars), bars)


def test_a_raw_price_is_adjusted_before_anything_is_made_of_it(built: Any) -> None:
    split, unsplit = _indicators(built, "SPLIT"), _indicators(built, "IBM")
    before = slice("2005-01-03", "2008-05-30")
    np.testing.assert_allclose(split.loc[before, "sma_200"], unsplit.loc[before, "sma_200"] / 4, rtol=1e-9)
    np.testing.assert_allclose(split.loc[before, "rsi_14"], unsplit.loc[before, "rsi_14"], rtol=1e-9)


def test_indicators_equal_talib_on_the_whole_history_of_real_symbols(
    built: Any, market_data: Path, histories: dict[str, pd.DataFrame]
) -> None:
    assert len(histories) >= 20
    for symbol, history in histories.items():
        bars = _bars(built, symbol)
        assert len(bars) == len(history)
        _assert_equal(_indicators(built, symbol), _of_talib(bars), bars)


def test_a_bar_without_a_field_is_passed_over_by_the_indicators_that_need_it(built: Any) -> None:
    bars, ours = _bars(built, "GAPPED"), _indicators(built, "GAPPED")
    theirs = _of_talib(bars.ffill())
    for name, fields in {"high": ["high", "low", "close"], "volume": ["close", "volume"]}.items():
        own = bars.dropna(subset=fields)
        assert 0 < len(own) < len(bars)
        needing = ["obv"] if name == "volume" else ["atr_14", *PLACES]
        theirs[needing] = _of_talib(own.ffill())[needing].reindex(bars.index)
    _assert_equal(ours, theirs, bars)


def test_closes_alone_have_no_ranges_and_no_volume(built: Any) -> None:
    ours = _indicators(built, CLOSE_ONLY)
    absent = ["atr_14", *PLACES, "obv"]
    assert ours[absent].isna().all(axis=None)
    assert ours.drop(columns=absent).iloc[-1].notna().all()


def test_every_test_of_the_mart_passes_on_real_bars(built: Any) -> None:
    outcome = built("test", "--select", "technical_indicators", as_of=EARLIER)
    assert outcome.returncode == 0, outcome.output
    assert len(outcome.statuses) > 10


def test_sessions_appended_equal_a_full_refresh_to_the_bit(built: Any) -> None:
    appended = _checksum(built)
    with built.connect() as connection:
        newest = connection.execute("select max(session_date)::text from derived.technical_indicators").fetchone()[0]
    _run(built, newest, "--full-refresh")
    assert _checksum(built) == appended
