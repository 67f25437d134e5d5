"""153 tradable symbols of the market data folder and the VIX, configured as someone would who has such files."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from measuring import MARKET_DATA

from tetra.settings import CHECKOUT, load_yaml

SYMBOLS = 153
FIRST, AS_OF = date(1998, 1, 2), date(2021, 3, 31)
"""The funds in QuantConnect's format end on the second, the stocks three weeks later."""
FUNDS = ("EEM", "IWM", "QQQ", "SPY")
STOCKS, SECTORS = MARKET_DATA / "equities_daily_adjusted", MARKET_DATA / "sector_etfs"
LEAN = MARKET_DATA / "lean" / "equity" / "usa"


def missing() -> str | None:
    """Return why there is no such universe; None if there is."""
    found = len(_names(STOCKS))
    if found >= SYMBOLS and all(path.is_dir() for path in (SECTORS, LEAN)):
        return None
    return f"{found} files in {STOCKS}, {SYMBOLS} wanted; set TETRA_BENCH_DATA to the market data folder"


def configure(folder: Path) -> Path:
    """Make a folder of configuration with a universe.yaml and sources.yaml of its own, the rest as shipped."""
    shutil.copytree(CHECKOUT / "include" / "config", folder)
    shipped = load_yaml("universe.yaml")
    known = shipped["instruments"]
    universe = {
        "exchanges": shipped["exchanges"],
        "groups": {},
        "instruments": {symbol: known.get(symbol) or stock for symbol, stock in _instruments(known).items()},
        "indicators": {},
    }
    kinds = {kind: {"sources": ["files"], "required": True} for kind in ("bars", "actions", "earnings")}
    kinds["macro"] = {"sources": [], "required": False}
    (folder / "universe.yaml").write_text(yaml.safe_dump(universe, sort_keys=False))
    (folder / "strategies.yaml").write_text(yaml.safe_dump(_strategies(set(universe["instruments"])), sort_keys=False))
    (folder / "sources.yaml").write_text(yaml.safe_dump({"kinds": kinds, "sources": {"files": _files()}}))
    return folder


def _instruments(known: dict[str, Any]) -> dict[str, Any]:
    """Return ours: what the shipped universe and the folder both have, other stocks by name, and the VIX."""
    with (MARKET_DATA / "membership" / "sp500_constituents.csv").open(encoding="utf-8") as lines:
        sectors = {row["Symbol"]: row["GICS Sector"] for row in csv.DictReader(lines)}
    stocks = _names(STOCKS)
    ours = [*FUNDS, *_names(SECTORS), *(symbol for symbol in stocks if symbol in known)]
    ours += [symbol for symbol in stocks if symbol not in known and symbol in sectors][: SYMBOLS - len(ours)]
    listed = {"asset_class": "stock", "exchange": "XNYS", "currency": "USD"}
    return {symbol: {"name": symbol, "sector": sectors.get(symbol), **listed} for symbol in ours} | {
        "VIX": known["VIX"],
        "EEM": {"name": "Emerging markets", "asset_class": "etf", "exchange": "ARCX", "currency": "USD"},
    }


def _strategies(symbols: set[str]) -> dict[str, Any]:
    """Return the shipped strategies with those of their groups that can be traded here: other symbols are refused."""
    shipped = load_yaml("strategies.yaml")
    for entry in shipped["strategies"].values():
        parameters = entry.get("parameters") or {}
        if "groups" in parameters:
            parameters["groups"] = [group for group in parameters["groups"] if symbols.issuperset(group)]
    return shipped


def _files() -> dict[str, Any]:
    earnings = MARKET_DATA / "earnings"
    funds = list(FUNDS)
    return {
        "layouts": load_yaml("sources.yaml")["sources"]["files"]["layouts"],
        "bars": {
            "stocks": {"path": f"{STOCKS}/{{symbol}}.csv*", "layout": "alpha_vantage"},
            "sectors": {"path": f"{SECTORS}/{{symbol}}.csv*", "layout": "yahoo"},
            "funds": {"path": f"{LEAN}/daily/{{symbol_lower}}.zip", "layout": "lean", "symbols": funds},
            "vix": {"path": f"{MARKET_DATA}/indices/vix-daily.csv", "layout": "ohlc", "symbols": ["VIX"]},
        },
        "actions": {
            "factors": {
                "path": f"{LEAN}/factor_files/{{symbol_lower}}.csv",
                "layout": "lean_factors",
                "symbols": funds,
            },
        },
        "earnings": {
            "by_year": {"path": f"{earnings}/annual_earnings.csv.xz", "layout": "earnings_by_year"},
            "dates": {"path": f"{earnings}/announcement_dates.csv", "layout": "announcement_dates"},
        },
    }


def _names(folder: Path) -> list[str]:
    return sorted(path.name.partition(".csv")[0] for path in folder.glob("*.csv*"))
