"""Macro series, earnings and news of the market data folder, landed by configuration, against pandas on the files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.dbt.real_closes import read

from tetra.data.ingest import IngestRequest, ingest
from tetra.data.known_events import load_events
from tetra.settings import load_yaml

pytestmark = pytest.mark.postgres

FIRST, AS_OF = date(2010, 1, 4), date(2019, 12, 31)
STOCKS = ("AAPL", "IBM", "JPM", "MSFT")
# days after its observation date that a value without a release date counts as known
LAGS = {"daily": 7, "weekly": 14, "monthly": 80, "quarterly": 165}
SERIES = {"DGS10": "daily", "ICSA": "weekly", "CPIAUCSL": "monthly", "UNRATE": "monthly", "GDPC1": "quarterly"}
MARTS = ("macro_as_known", "earnings_impact", "news_sentiment")


def _configure(folder: Path, data: Path) -> None:
    """Write universe.yaml and sources.yaml of someone who has these files; the market is SPY."""
    shipped = load_yaml("universe.yaml")
    universe = {
        "exchanges": shipped["exchanges"],
        "groups": {},
        "instruments": {symbol: shipped["instruments"][symbol] for symbol in (*STOCKS, "SPY")},
        "indicators": {name: {"name": name, "unit": "unit", "frequency": of} for name, of in SERIES.items()},
    }
    lean = f"{data}/lean/equity/usa"
    files = {
        "layouts": load_yaml("sources.yaml")["sources"]["files"]["layouts"],
        "bars": {
            "stocks": {"path": f"{data}/equities_daily_adjusted/{{symbol}}.csv*", "layout": "alpha_vantage"},
            "market": {"path": f"{lean}/daily/{{symbol_lower}}.zip", "layout": "lean", "symbols": ["SPY"]},
        },
        "actions": {
            "market": {
                "path": f"{lean}/factor_files/{{symbol_lower}}.csv",
                "layout": "lean_factors",
                "symbols": ["SPY"],
            }
        },
        "macro": {"fred": {"path": f"{data}/macro_fred/{{symbol}}.csv*", "layout": "fred"}},
        "earnings": {
            "by_year": {"path": f"{data}/earnings/annual_earnings.csv.xz", "layout": "earnings_by_year"},
            "dates": {"path": f"{data}/earnings/announcement_dates.csv", "layout": "announcement_dates"},
        },
        "news": {
            "market": {"path": f"{data}/news/sp500_headlines_2008_2024.csv.xz", "layout": "headlines"},
            "reuters": {"path": f"{data}/news/reuters_by_ticker.tar.xz", "layout": "reuters_by_ticker"},
        },
    }
    kinds = {kind: {"sources": ["files"], "required": True} for kind in files if kind != "layouts"}
    folder.mkdir()
    (folder / "universe.yaml").write_text(yaml.safe_dump(universe))
    (folder / "sources.yaml").write_text(yaml.safe_dump({"kinds": kinds, "sources": {"files": files}}))


@pytest.fixture(scope="module")
def built(dbt: Any, market_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The marts as of the end of 2019, over files that go on for years."""
    configuration = tmp_path_factory.mktemp("real") / "config"
    _configure(configuration, market_data)
    with pytest.MonkeyPatch.context() as patch, dbt.connect() as connection:
        patch.setenv("TETRA_CONFIG_DIR", str(configuration))
        connection.autocommit = False
        ingest(connection, IngestRequest(FIRST, date(2020, 12, 31)))
    outcome = dbt("build", "--select", *(f"+{mart}" for mart in MARTS), as_of=AS_OF.isoformat())
    assert outcome.returncode == 0, outcome.output
    assert not outcome.not_passed()
    return dbt


def _sessions(dbt: Any) -> pd.DatetimeIndex:
    days = read(dbt, "select distinct session_date from derived.daily_returns order by session_date")
    return pd.DatetimeIndex(days["session_date"]).as_unit("us")


@pytest.mark.parametrize("series_id", SERIES)
def test_real_series_show_the_newest_value_of_each_session(built: Any, market_data: Path, series_id: str) -> None:
    path = next((market_data / "macro_fred").glob(f"{series_id}.csv*"))
    table = pd.read_csv(path, na_values=".").dropna().set_axis(["observation_date", "value"], axis=1)
    table["observation_date"] = pd.DatetimeIndex(table["observation_date"]).as_unit("us")
    landed = read(built, f"select min(observation_date) from economic_data.releases where series_id = '{series_id}'")
    table = table[table["observation_date"] >= pd.Timestamp(landed.iat[0, 0])]
    table["known_on"] = table["observation_date"] + pd.Timedelta(days=LAGS[SERIES[series_id]])
    table["previous_value"] = table["value"].shift()
    sessions = pd.DataFrame({"session_date": _sessions(built)})
    expected = pd.merge_asof(sessions, table, left_on="session_date", right_on="known_on").dropna(subset="value")
    shown = read(built, f"select * from derived.macro_as_known where series_id = '{series_id}' order by session_date")
    assert len(shown) > 2_000
    for name in ("session_date", "observation_date"):
        assert shown[name].tolist() == expected[name].dt.date.tolist()
    for name in ("value", "previous_value"):
        np.testing.assert_array_equal(shown[name].astype(float), expected[name])
    assert shown["is_release_date_assumed"].all()


def test_real_announcements_carry_the_figures_of_their_quarter(built: Any, market_data: Path) -> None:
    by_year = pd.read_csv(market_data / "earnings" / "annual_earnings.csv.xz").set_index(["symbol", "year"])
    impact = read(built, "select * from derived.earnings_impact where eps_reported is not null")
    assert len(impact) > 50
    for row in impact.itertuples():
        day = row.announcement_date
        figures = by_year.loc[(row.symbol, day.year)]
        quarter = (day.month + 2) // 3
        assert row.eps_reported == figures[f"reported_eps_q{quarter}"]
        estimate = figures[f"eps_estimate_q{quarter}"]
        assert row.eps_surprise == pytest.approx((row.eps_reported - estimate) / abs(estimate), nan_ok=True)


def test_real_reactions_and_windows_equal_pandas(built: Any) -> None:
    bars = read(
        built,
        "select symbol, session_date, simple_return, adjusted_volume"
        " from derived.daily_returns"
        " inner join intermediate.int_bars_adjusted_for_actions using (symbol, session_date)",
    )
    bars["session_date"] = pd.to_datetime(bars["session_date"])
    returns = bars.pivot(index="session_date", columns="symbol", values="simple_return").astype(float)
    volumes = bars.pivot(index="session_date", columns="symbol", values="adjusted_volume").astype(float)
    impact = read(built, "select * from derived.earnings_impact order by symbol, announcement_date")
    assert set(impact["symbol"]) == set(STOCKS)
    assert impact["abnormal_return_0_to_20d"].notna().sum() > 50
    for row in impact.to_dict("records"):
        # the files give no time of day, so each moves the session after its day
        at = int(returns.index.searchsorted(pd.Timestamp(row["announcement_date"]), side="right"))
        assert returns.index[at].date() == row["reaction_session_date"]
        own = volumes[row["symbol"]]
        assert row["volume_ratio_21d"] == pytest.approx(own.iloc[at] / own.iloc[at - 21 : at].mean(), rel=1e-9)
        abnormal = returns[row["symbol"]] - returns["SPY"]
        assert row["abnormal_return"] == pytest.approx(abnormal.iloc[at], abs=1e-12)
        for name, first, last in (("5d_before", -5, -1), ("0_to_1d", 0, 1), ("0_to_5d", 0, 5), ("0_to_20d", 0, 20)):
            window = abnormal.iloc[at + first : at + last + 1]
            if len(window) == last - first + 1:
                assert row[f"abnormal_return_{name}"] == pytest.approx(window.sum(), abs=1e-12)
            else:
                assert pd.isna(row[f"abnormal_return_{name}"])


def test_real_news_is_what_strategies_see(built: Any) -> None:
    sessions = _sessions(built).to_numpy().astype("datetime64[D]")
    with built.connect() as connection:
        known = load_events(
            connection, as_of=AS_OF, symbols=list(STOCKS), sessions=sessions, fields=["news_sentiment"]
        ).fields["news_sentiment"]
    shown = read(built, "select * from derived.news_sentiment where mean_score is not null and symbol <> '*'")
    grid = np.full(known.shape, np.nan)
    for row in shown.itertuples():
        position = np.searchsorted(sessions, np.datetime64(row.session_date))
        grid[STOCKS.index(row.symbol), position] = row.mean_score
    assert np.isfinite(grid).sum() > 100
    np.testing.assert_allclose(grid, known, rtol=1e-9, atol=1e-12)


def test_real_headlines_on_the_market_count_for_the_session_after_their_day(built: Any, market_data: Path) -> None:
    headlines = pd.read_csv(market_data / "news" / "sp500_headlines_2008_2024.csv.xz", usecols=["Title", "Date"])
    # one article per day and headline, as landing knows them where there is no address
    days = pd.to_datetime(headlines.drop_duplicates()["Date"])
    sessions = _sessions(built)
    position = sessions.searchsorted(days[days >= pd.Timestamp(FIRST)], side="right")
    expected = pd.Series(sessions[position[position < len(sessions)]]).value_counts().sort_index()
    shown = read(built, "select session_date, articles from derived.news_sentiment where symbol = '*'")
    counted = pd.Series(shown["articles"].to_numpy(), index=pd.to_datetime(shown["session_date"])).sort_index()
    assert len(counted) > 1_000
    assert counted.to_dict() == expected.to_dict()
