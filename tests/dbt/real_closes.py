"""Real closes for the tests of marts: landed as total-return-adjusted daily bars, and marts read back."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import pandas as pd
import psycopg

ADJUSTED_FOR_EVERYTHING = "total"


def sp500_closes(symbols: Iterable[str]) -> pd.DataFrame:
    """Return daily closes of 1990 to 2022, adjusted for splits and dividends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skfolio's imports, not ours
        from skfolio.datasets import load_sp500_dataset
    return load_sp500_dataset()[list(symbols)]


def add_instruments(connection: Any, asset_classes: dict[str, str]) -> None:
    """Add instruments of New York's exchange, itself included, that are not there yet."""
    connection.execute(
        "insert into market_data.exchanges values ('XNYS', 'New York', 'XNYS', 'America/New_York')"
        " on conflict do nothing"
    )
    for symbol, asset_class in asset_classes.items():
        connection.execute(
            "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable)"
            " values (%s, %s, %s, 'XNYS', 'USD', true) on conflict do nothing",
            [symbol, symbol, asset_class],
        )


def land(connection: Any, symbol: str, closes: pd.Series) -> None:
    """Land one symbol's closes as daily bars."""
    with connection.cursor().copy(
        "copy market_data.ohlcv (symbol, timeframe, ts, close, volume, price_basis, source) from stdin"
    ) as copy:
        for day, close in closes.items():
            copy.write_row(
                (symbol, "1d", f"{day:%Y-%m-%d} 00:00+00", float(close), 100.0, ADJUSTED_FOR_EVERYTHING, "test")
            )


def read(dbt: Any, statement: str, parameters: tuple[Any, ...] = ()) -> pd.DataFrame:
    """Return what the warehouse's reader sees."""
    with psycopg.connect(dbt.reader_url) as connection, connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names)
