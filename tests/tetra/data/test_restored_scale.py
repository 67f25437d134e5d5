"""Adjusted bars that come back from the archive after a split or dividend: never beside bars of another scale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tetra.data.archive import archive
from tetra.data.restore import restore
from tetra.errors import DataError

pytestmark = pytest.mark.postgres

BARS = "market_data.ohlcv"
YEAR = date(1986, 1, 1)  # so early that no other test's bars are archived with these
DAYS = ("1985-06-03", "1985-06-04")
LANDED = "1985-06-30 23:00-04"  # the last of June in New York, July in UTC


@pytest.fixture
def bars(writer: Any, tmp_path: Path) -> Callable[..., None]:
    """``bars(price_basis)``: DT-A's bars of two days, archived and gone from their table."""

    def archived(price_basis: str) -> None:
        writer.execute("insert into market_data.exchanges values ('DT-X', 'x', 'XNYS', 'America/New_York')")
        writer.execute(
            "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable)"
            " values ('DT-A', 'x', 'stock', 'DT-X', 'USD', true)"
        )
        land(writer, price_basis)
        archive(writer, table=BARS, before=YEAR, url=str(tmp_path), dry_run=False)
        writer.execute("delete from market_data.ohlcv where symbol = 'DT-A'")
        writer.commit()

    return archived


def land(connection: Any, price_basis: str, *, ingested_at: str = LANDED) -> None:
    for day in DAYS:
        connection.execute(
            "insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source, ingested_at)"
            " values ('DT-A', '1d', %s::timestamp at time zone 'UTC', 10, %s, 'test', %s)",
            [day, price_basis, ingested_at],
        )
    connection.commit()


def act(connection: Any, action_type: str, ex_date: str) -> None:
    connection.execute(
        "insert into market_data.corporate_actions (symbol, action_type, ex_date, value, source)"
        " values ('DT-A', %s, %s, 2, 'test')",
        [action_type, ex_date],
    )
    connection.commit()


def held(connection: Any) -> int:
    (found,) = connection.execute("select count(*) from market_data.ohlcv where symbol = 'DT-A'").fetchone()
    connection.commit()
    return int(found)


@pytest.mark.parametrize(
    ("price_basis", "action_type"), [("split", "split"), ("total", "split"), ("total", "dividend")]
)
def test_bars_adjusted_before_an_action_are_refused_by_name_with_the_remedy(
    writer: Any, bars: Callable[..., None], tmp_path: Path, price_basis: str, action_type: str
) -> None:
    bars(price_basis)
    act(writer, action_type, "1985-07-01")
    message = "DT-A 1d bars from 1985-06-03 to 1985-06-04, before its action of 1985-07-01; land these days"
    with pytest.raises(DataError, match=message):
        restore(writer, table=BARS, url=str(tmp_path))
    assert held(writer) == 0


@pytest.mark.parametrize(
    ("price_basis", "action_type", "ex_date"),
    [
        pytest.param("raw", "split", "1985-07-01", id="raw bars are adjusted by us"),
        pytest.param("split", "dividend", "1985-07-01", id="dividends do not change what splits do"),
        pytest.param("total", "split", "1985-06-30", id="in force when the bars were landed"),
        pytest.param("total", "split", "2999-07-01", id="announced, not in force"),
    ],
)
def test_bars_whose_scale_still_holds_come_back(
    writer: Any, bars: Callable[..., None], tmp_path: Path, price_basis: str, action_type: str, ex_date: str
) -> None:
    bars(price_basis)
    act(writer, action_type, ex_date)
    assert restore(writer, table=BARS, url=str(tmp_path)).inserted == 2
    assert held(writer) == 2


def test_after_landing_the_days_again_the_rest_is_restored(
    writer: Any, bars: Callable[..., None], tmp_path: Path
) -> None:
    bars("split")
    act(writer, "split", "1985-07-01")
    land(writer, "split", ingested_at="1985-07-02 00:00-04")
    assert restore(writer, table=BARS, url=str(tmp_path)).inserted == 0
    assert held(writer) == 2
