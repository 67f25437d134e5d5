"""Nothing is computed as of a day of which nothing is landed."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from tetra.data.sessions import require_landed
from tetra.errors import DataError

pytestmark = pytest.mark.postgres


@pytest.fixture
def empty(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A connection whose open transaction sees no bars; it is rolled back."""
    connection.execute("delete from market_data.ohlcv")
    return connection


def _land(connection: psycopg.Connection[Any], *days: str) -> None:
    connection.execute("insert into market_data.exchanges values ('XTST', 'x', 'XNYS', 'UTC') on conflict do nothing")
    connection.execute(
        "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable) "
        "values ('LANDED', 'x', 'stock', 'XTST', 'USD', true) on conflict do nothing"
    )
    for day in days:
        connection.execute(
            "insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source) "
            "values ('LANDED', '1d', %s::date::timestamp at time zone 'UTC', 1, 'raw', 'test')",
            [day],
        )


def test_a_landed_session_passes_even_when_it_is_not_the_last(empty: psycopg.Connection[Any]) -> None:
    _land(empty, "2022-12-27", "2022-12-28")
    require_landed(empty, date(2022, 12, 27))
    require_landed(empty, date(2022, 12, 28))
    empty.rollback()


@pytest.mark.parametrize("as_of", [date(2030, 1, 2), date(2022, 12, 26)])
def test_a_session_not_landed_is_refused_with_the_last_one_that_is(empty: psycopg.Connection[Any], as_of: date) -> None:
    _land(empty, "2022-12-27", "2022-12-28")
    with pytest.raises(DataError, match=rf"no daily bar of {as_of} .* last session landed is 2022-12-28"):
        require_landed(empty, as_of)
    empty.rollback()


def test_an_empty_table_says_what_to_run(empty: psycopg.Connection[Any]) -> None:
    with pytest.raises(DataError, match="run data_pipeline first"):
        require_landed(empty, date(2022, 12, 28))
    empty.rollback()
