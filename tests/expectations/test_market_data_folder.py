"""A folder with a little of everything, landed through ``files`` by configuration alone and judged by every gate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql

from tetra.data import validation
from tetra.data.ingest import IngestRequest, ingest
from tetra.data.ingest_report import IngestReport
from tetra.data.membership import members_on, members_without_prices
from tetra.database import migrations
from tetra.settings import load_yaml
from tetra_expectations import runner

pytestmark = pytest.mark.postgres

SPAN = IngestRequest(date(1986, 1, 2), date(2026, 2, 6))
STOCKS = ("AAPL", "AIG", "BAC", "BRK.B", "CARR", "DHR", "GOOGL", "IBM", "KSU", "MSFT", "XOM")
NOT_IN_THE_FOLDER = {
    "events.economic_events": "the folder has no calendar of releases",
    "events.geopolitical_events": "none there; the curated list that is shipped has tests of its own",
    "events.security_events": "none there; as above",
    "scenarios.paths": "made by the scenario pipeline, not landed",
    "derived.daily_returns": "made by dbt; tests/dbt/test_gates.py",
    "derived.technical_indicators": "as above",
    "derived.macro_as_known": "as above",
    "assessment.strategy_rankings": "made by the assessment pipeline, not landed",
}
"""Gates that real data of the folder cannot be put through, and why."""
DATABASE = "tetra_market_data_folder_test"


@pytest.fixture(scope="module")
def writer(warehouse: Any) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database of these tests' own: real symbols would meet those of other tests."""
    name = sql.Identifier(DATABASE)
    with psycopg.connect(warehouse.server.url, autocommit=True) as administrator:
        administrator.execute(sql.SQL("drop database if exists {}").format(name))
        administrator.execute(sql.SQL("create database {} owner tetra_owner").format(name))
        urls = {
            role: warehouse.server.url_for(role=f"tetra_{role}", password=warehouse.passwords[role], database=DATABASE)
            for role in ("owner", "writer")
        }
        migrations.upgrade(urls["owner"])
        with psycopg.connect(urls["writer"]) as connection:
            yield connection
        administrator.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture(scope="module")
def landed(
    market_data: Path, writer: psycopg.Connection[Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IngestReport]:
    """The report of landing the folder; its configuration stays in force for the module."""
    folder = tmp_path_factory.mktemp("config")
    (folder / "universe.yaml").write_text(yaml.safe_dump(universe(market_data), sort_keys=False))
    (folder / "sources.yaml").write_text(yaml.safe_dump(sources(market_data)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TETRA_CONFIG_DIR", str(folder))
        yield ingest(writer, SPAN)


def universe(folder: Path) -> dict[str, Any]:
    """The shipped universe with what the folder has beside it."""
    content = load_yaml("universe.yaml")
    ours = {"exchange": "ARCX", "currency": "USD"}
    content["exchanges"]["OTC"] = {"name": "Over the counter", "calendar": "24/5", "timezone": "UTC"}
    content["instruments"] |= {
        "WTI": {"name": "WTI crude oil", "asset_class": "commodity", **ours},
        "EUR-USD": {"name": "Euro", "asset_class": "fx", "exchange": "OTC", "currency": "USD"},
    }
    content["instrument_lists"] = {
        "members": {
            "path": f"{folder}/membership/sp500_ticker_start_end.csv",
            "columns": {"symbol": "ticker"},
            "asset_class": "stock",
            "exchange": "XNYS",
            "currency": "USD",
        }
    }
    series = [path.name.split(".")[0] for path in sorted((folder / "macro_fred").iterdir())]
    content["indicators"] = {
        name: {"name": name, "unit": "as published", "frequency": "monthly"} for name in series
    } | {name: block for name, block in content["indicators"].items() if name in series}
    return content


def sources(folder: Path) -> dict[str, Any]:
    """A sources.yaml that reads the folder, with the shipped layouts."""
    shipped = load_yaml("sources.yaml")["sources"]["files"]["layouts"]
    lean = f"{folder}/lean"
    files = {
        "layouts": shipped,
        "bars": {
            "stocks": {
                "path": f"{folder}/equities_daily_adjusted/{{symbol}}.csv*",
                "layout": "alpha_vantage",
                "symbols": list(STOCKS),
            },
            "etfs": {"path": f"{folder}/sector_etfs/{{symbol}}.csv.xz", "layout": "yahoo"},
            "lean_daily": {
                "path": f"{lean}/equity/usa/daily/{{symbol_lower}}.zip",
                "layout": "lean",
                "symbols": ["SPY", "QQQ", "IWM", "EEM", "USO"],
            },
            "bitcoin": {
                "path": f"{lean}/crypto/coinbase/daily/btcusd_trade.zip",
                "layout": "lean_trade",
                "symbols": ["BTC-USD"],
            },
            "euro": {
                "path": f"{lean}/forex/oanda/daily/eurusd.zip",
                "layout": "lean_quote",
                "symbols": ["EUR-USD"],
            },
            "vix": {"path": f"{folder}/indices/vix-daily.csv", "layout": "ohlc", "symbols": ["VIX"]},
            "wti": {"path": f"{folder}/indices/wti-daily.csv", "layout": "date_price", "symbols": ["WTI"]},
        },
        "hourly_bars": {
            "lean_hourly": {
                "path": f"{lean}/equity/usa/hour/{{symbol_lower}}.zip",
                "layout": "lean",
                "symbols": ["SPY", "IBM"],
            }
        },
        "macro": {"fred": {"path": f"{folder}/macro_fred/{{symbol}}.csv*", "layout": "fred"}},
        "news": {
            "market": {"path": f"{folder}/news/sp500_headlines_2008_2024.csv.xz", "layout": "headlines"},
            "reuters": {
                "path": f"{folder}/news/reuters_by_ticker.tar.xz",
                "layout": "reuters_by_ticker",
                "constants": {"publisher": "Reuters"},
            },
        },
        "earnings": {
            "by_year": {"path": f"{folder}/earnings/annual_earnings.csv.xz", "layout": "earnings_by_year"},
            "dates": {"path": f"{folder}/earnings/announcement_dates.csv", "layout": "announcement_dates"},
        },
        "index_membership": {
            "sp500": {
                "path": f"{folder}/membership/sp500_ticker_start_end.csv",
                "layout": "index_spells",
                "constants": {"index_name": "sp500"},
            }
        },
    }
    served = ("bars", "hourly_bars", "actions", "macro", "news", "earnings", "index_membership")
    kinds: dict[str, Any] = {kind: {"sources": ["files"], "required": True} for kind in served}
    return {"kinds": kinds, "sources": {"files": files}}


def inserted(report: IngestReport) -> dict[str, int]:
    return {table.table: table.inserted for table in report.tables}


def test_everything_in_the_folder_lands(landed: IngestReport) -> None:
    rows = inserted(landed)
    assert rows["market_data.ohlcv"] > 150_000
    assert rows["market_data.ohlcv_hourly"] > 75_000
    assert rows["market_data.corporate_actions"] > 800
    assert rows["economic_data.releases"] > 30_000
    assert rows["news.articles"] > 30_000  # 69,224 rows; an article stands once for each of its tickers
    assert rows["news.sentiment"] == rows["news.articles"]  # none came with a score
    assert rows["events.earnings"] > 20_000
    assert rows["market_data.index_membership"] == 1_230


def test_oil_below_zero_is_landed(landed: IngestReport, writer: psycopg.Connection[Any]) -> None:
    query = "select min(close) from market_data.ohlcv where symbol = 'WTI'"
    assert writer.execute(query).fetchone() == (-36.98,)
    writer.commit()


def test_the_same_again_writes_nothing(landed: IngestReport, writer: psycopg.Connection[Any]) -> None:
    writer.commit()  # ingest opens its own transactions
    assert not ingest(writer, SPAN).changed


def test_members_of_a_day_are_listed_with_and_without_prices(
    landed: IngestReport, writer: psycopg.Connection[Any]
) -> None:
    day = date(2008, 9, 12)
    members = members_on(writer, "sp500", day)
    without = members_without_prices(writer, "sp500", day)
    assert len(members) == pytest.approx(500, abs=5)
    assert {"LEHMQ", "MER"} <= {member.ticker for member in without}
    assert "AIG" not in {member.ticker for member in without}


@pytest.mark.parametrize("suite", sorted(set(runner.SUITES) - set(NOT_IN_THE_FOLDER)))
def test_no_gate_fails_on_real_data(
    landed: IngestReport, writer: psycopg.Connection[Any], suite: str, tmp_path: Path
) -> None:
    assert inserted(landed)[suite]
    frame = validation.load_slice(writer, suite, SPAN.start_date, SPAN.end_date)
    outcome = runner.validate(
        frame, suite=suite, slice_key="folder", as_of=SPAN.end_date, run_id="test", project_dir=tmp_path
    )
    assert outcome.status in {"PASS", "WARN"}, outcome.summary()
