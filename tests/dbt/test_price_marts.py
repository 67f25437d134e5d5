"""Returns, volatility, drawdowns, betas, weeks and months against pandas and empyrical on real prices."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import arch.data.nasdaq
import empyrical
import numpy as np
import pandas as pd
import pytest
from tests.dbt.real_closes import add_instruments, land, read, sp500_closes

pytestmark = pytest.mark.postgres

AS_OF = "2020-09-30"
STOCKS = ("AAPL", "JPM")
MARKET, BITCOIN, COMPOSITE = "SPX", "BTC-USD", "IXIC"
STOCKS_APART = 60
"""Of the market data folder's 504 stocks every so many-th: nine histories."""
# FRED's DCOILWTICO
WTI = {"2020-04-17": 18.31, "2020-04-20": -36.98, "2020-04-21": 8.91, "2020-04-22": 13.64}
PERIODS = {"weekly_returns": "W-FRI", "monthly_returns": "ME"}
SELECTED = ("--select", "+path:models/marts/derived/prices", "--exclude-resource-type", "unit_test")


@pytest.fixture(scope="module")
def closes() -> dict[str, pd.Series]:
    """Stocks and the index past the as-of date; Bitcoin has real prices on every day of the week."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skfolio's imports, not ours
        from skfolio.datasets import load_sp500_index
    held = {symbol: series.loc["2018-01-02":"2020-12-31"] for symbol, series in sp500_closes(STOCKS).items()}
    held[MARKET] = load_sp500_index()["SP500"].loc["2018-01-02":"2020-12-31"]
    every_day = pd.date_range("2019-06-01", AS_OF)
    held[BITCOIN] = pd.Series(held["AAPL"].to_numpy()[: len(every_day)], index=every_day)
    held["WTI"] = pd.Series(WTI.values(), index=pd.to_datetime(list(WTI)))
    return held


@pytest.fixture(scope="module")
def composite() -> pd.DataFrame:
    """Bars of the NASDAQ Composite, 1999 to 2018."""
    return arch.data.nasdaq.load().rename(columns=str.lower)[["open", "high", "low", "close", "volume"]]


@pytest.fixture(scope="module")
def histories() -> dict[str, pd.Series]:
    """Whole histories of stocks, adjusted by their vendor; none where the folder is absent."""
    from tests.conftest import MARKET_DATA

    files = sorted((MARKET_DATA / "equities_daily_adjusted").glob("*.csv*"))[::STOCKS_APART]
    return {f"{file.name.partition('.csv')[0]}.FILE": _history(file) for file in files}


def _history(file: Path) -> pd.Series:
    rows = pd.read_csv(file, index_col="timestamp", parse_dates=True).sort_index()
    return rows["adjusted_close"].loc[:AS_OF]


@pytest.fixture(scope="module")
def built(dbt: Any, closes: dict[str, pd.Series], composite: pd.DataFrame, histories: dict[str, pd.Series]) -> Any:
    """The marts of prices as of 2020-09-30, a Wednesday, over bars that go on to the end of the year."""
    classes = {MARKET: "index", BITCOIN: "crypto", "WTI": "commodity", COMPOSITE: "index"}
    with dbt.connect() as connection:
        add_instruments(connection, dict.fromkeys((*STOCKS, *histories), "stock") | classes)
        for symbol, series in (closes | histories).items():
            land(connection, symbol, series)
        columns = "symbol, timeframe, ts, open, high, low, close, volume, price_basis, source"
        with connection.cursor().copy(f"copy market_data.ohlcv ({columns}) from stdin") as copy:
            for day, bar in composite.iterrows():
                opened_at = f"{day:%Y-%m-%d} 00:00+00"
                copy.write_row((COMPOSITE, "1d", opened_at, *map(float, bar), "raw", "test"))
    outcome = dbt("build", *SELECTED, as_of=AS_OF)
    assert outcome.returncode == 0, outcome.output
    assert not outcome.not_passed()
    return dbt


def _mart(dbt: Any, name: str, symbol: str, date_column: str = "session_date") -> pd.DataFrame:
    rows = read(dbt, f"select * from derived.{name} where symbol = %s order by {date_column}", (symbol,))
    rows.index = pd.DatetimeIndex(rows.pop(date_column)).as_unit("us")
    return rows.drop(columns=["symbol", "market_symbol"], errors="ignore").astype(float)


def _assert_equal(ours: pd.Series, theirs: pd.Series, tolerance: float = 1e-9) -> None:
    pd.testing.assert_series_equal(
        ours, theirs, check_names=False, check_freq=False, check_index_type=False, rtol=tolerance, atol=1e-12
    )


def _assert_daily_marts_equal_pandas(dbt: Any, symbol: str, closes: pd.Series) -> None:
    returns = closes.pct_change()
    daily = _mart(dbt, "daily_returns", symbol)
    _assert_equal(daily["adjusted_close"], closes, 0)
    _assert_equal(daily["simple_return"], returns, 1e-12)
    _assert_equal(daily["log_return"], np.log1p(returns))

    volatility = _mart(dbt, "volatility", symbol)
    for sessions in (21, 63, 252):
        expected = returns.rolling(sessions).std(ddof=1) * np.sqrt(252)
        assert expected.isna().sum() == sessions  # the first return is one session late
        _assert_equal(volatility[f"volatility_{sessions}d"], expected)

    drawdowns = _mart(dbt, "drawdowns", symbol)
    expected = closes / closes.cummax() - 1
    _assert_equal(drawdowns["peak_close"], closes.cummax(), 0)
    _assert_equal(drawdowns["drawdown"], expected, 1e-12)
    _assert_equal(drawdowns["max_drawdown"], expected.cummin(), 1e-12)
    for sessions in (21, 63, 252):
        expected = closes / closes.rolling(sessions).max() - 1
        assert expected.isna().sum() == sessions - 1
        _assert_equal(drawdowns[f"drawdown_{sessions}d"], expected, 1e-12)


def _assert_betas_equal_pandas(dbt: Any, symbol: str, closes: pd.Series, market: pd.Series) -> None:
    both = pd.concat({"own": closes, "market": market}, axis=1, join="inner").pct_change()
    betas = _mart(dbt, "betas", symbol)
    for sessions in (21, 63, 252):
        windows = both["own"].rolling(sessions), both["market"].rolling(sessions)
        _assert_equal(betas[f"beta_{sessions}d"], windows[0].cov(both["market"], ddof=1) / windows[1].var(ddof=1))
        _assert_equal(betas[f"correlation_{sessions}d"], windows[0].corr(both["market"]))


@pytest.mark.parametrize("symbol", STOCKS)
def test_returns_volatility_and_drawdowns_equal_pandas(built: Any, closes: dict[str, pd.Series], symbol: str) -> None:
    _assert_daily_marts_equal_pandas(built, symbol, closes[symbol].loc[:AS_OF])


@pytest.mark.parametrize("symbol", [*STOCKS, BITCOIN, MARKET])
def test_betas_and_correlations_equal_pandas_on_common_sessions(
    built: Any, closes: dict[str, pd.Series], symbol: str
) -> None:
    _assert_betas_equal_pandas(built, symbol, closes[symbol].loc[:AS_OF], closes[MARKET].loc[:AS_OF])


@pytest.mark.parametrize("symbol", STOCKS)
def test_newest_beta_volatility_and_drawdown_equal_empyrical(
    built: Any, closes: dict[str, pd.Series], symbol: str
) -> None:
    returns = closes[symbol].loc[:AS_OF].pct_change().iloc[1:]
    market = closes[MARKET].loc[:AS_OF].pct_change().iloc[1:]
    newest = _mart(built, "betas", symbol).iloc[-1]
    for sessions in (21, 63, 252):
        expected = empyrical.beta(returns.iloc[-sessions:], market.iloc[-sessions:])
        assert newest[f"beta_{sessions}d"] == pytest.approx(expected, rel=1e-9)
    volatility = _mart(built, "volatility", symbol)["volatility_252d"].iloc[-1]
    assert volatility == pytest.approx(empyrical.annual_volatility(returns.iloc[-252:]), rel=1e-9)
    deepest = _mart(built, "drawdowns", symbol)["max_drawdown"].iloc[-1]
    assert deepest == pytest.approx(empyrical.max_drawdown(returns), rel=1e-9)


def test_market_is_itself_with_a_beta_of_one(built: Any) -> None:
    assert read(built, "select distinct market_symbol from derived.betas")["market_symbol"].tolist() == [MARKET]
    assert set(_mart(built, "betas", MARKET)["beta_252d"].dropna()) == {1.0}


def test_volatility_of_crypto_is_annualised_by_its_own_calendar(built: Any, closes: dict[str, pd.Series]) -> None:
    volatility = _mart(built, "volatility", BITCOIN)["volatility_252d"]
    _assert_equal(volatility, closes[BITCOIN].pct_change().rolling(252).std(ddof=1) * np.sqrt(365))


@pytest.mark.parametrize(("mart", "frequency"), PERIODS.items())
@pytest.mark.parametrize("symbol", [*STOCKS, BITCOIN])
def test_periods_equal_pandas_resampling(
    built: Any, closes: dict[str, pd.Series], mart: str, frequency: str, symbol: str
) -> None:
    periods = _mart(built, mart, symbol, "period_end_date")
    expected = closes[symbol].loc[:AS_OF].resample(frequency).last()
    _assert_equal(periods["adjusted_close"], expected, 0)
    _assert_equal(periods["simple_return"], expected.pct_change(), 1e-12)
    # Wednesday, 30 September: the week goes on, the month does not
    assert periods["is_complete"].iloc[:-1].all()
    assert periods["is_complete"].iloc[-1] == (mart == "monthly_returns")


@pytest.mark.parametrize(("mart", "frequency"), PERIODS.items())
def test_bars_of_periods_equal_pandas_resampling(
    built: Any, composite: pd.DataFrame, mart: str, frequency: str
) -> None:
    rules = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    expected = composite.resample(frequency).agg(rules)
    periods = _mart(built, mart, COMPOSITE, "period_end_date")
    for column in rules:
        _assert_equal(periods[f"adjusted_{column}"], expected[column].astype(float), 1e-12)
    assert periods["sessions"].sum() == len(composite)


def test_whole_histories_equal_pandas(
    built: Any, market_data: Path, histories: dict[str, pd.Series], closes: dict[str, pd.Series]
) -> None:
    assert len(histories) == 9, f"stocks are missing in {market_data}"
    for symbol, history in histories.items():
        _assert_daily_marts_equal_pandas(built, symbol, history)
        _assert_betas_equal_pandas(built, symbol, history, closes[MARKET].loc[:AS_OF])
        for mart, frequency in PERIODS.items():
            expected = history.resample(frequency).last()
            _assert_equal(_mart(built, mart, symbol, "period_end_date")["simple_return"], expected.pct_change(), 1e-12)


def test_negative_price_has_no_log_return_and_none_follows_it(built: Any) -> None:
    daily = _mart(built, "daily_returns", "WTI")
    assert len(daily) == len(WTI)
    assert daily["simple_return"].iloc[1] == pytest.approx(-36.98 / 18.31 - 1)
    assert daily["simple_return"].isna().tolist() == [True, False, True, False]
    assert daily["log_return"].isna().tolist() == [True, True, True, False]
    assert _mart(built, "drawdowns", "WTI")["max_drawdown"].iloc[-1] == pytest.approx(-36.98 / 18.31 - 1)
