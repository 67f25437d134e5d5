"""Parquet through the files source: its types kept, damage named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

from tetra.errors import SourceError
from tetra.sources.base import BarRequest, MacroRequest
from tetra.sources.files import FilesSource
from tetra.sources.record_types import RecordRequest

YEARS = (date(1990, 1, 1), date(2030, 1, 1))
LAYOUTS: dict[str, Any] = {
    "own": {
        "price_basis": "raw",
        "timezone": "America/New_York",
        "columns": {"date": "Date", "close": "Close", "volume": "Volume"},
    },
    "series": {"columns": {"date": "date", "value": "{symbol}"}},
    "articles": {
        "timezone": "America/New_York",
        "columns": {"headline": "title", "published_at": "at", "symbols": "tickers", "score": "score"},
    },
}


def source(folder: Path, kind: str = "bars", layout: str = "own", pattern: str = "{symbol}.parquet") -> FilesSource:
    return FilesSource(layouts=LAYOUTS, **{kind: {"mine": {"path": f"{folder}/{pattern}", "layout": layout}}})


def write(path: Path, **columns: Any) -> None:
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


def read_bars(folder: Path, timeframe: str = "1d") -> Any:
    kind = "bars" if timeframe == "1d" else "hourly_bars"
    (batch,) = source(folder, kind).bars(BarRequest({"AAPL": "AAPL"}, *YEARS, timeframe=timeframe))
    return batch


@pytest.mark.parametrize(
    "dates",
    [
        pytest.param([date(2020, 1, 2), date(2020, 1, 3)], id="dates"),
        pytest.param([datetime(2020, 1, 2), datetime(2020, 1, 3)], id="timestamps"),
        pytest.param(["2020-01-02", "2020-01-03"], id="texts"),
        # 04:00 UTC is still the evening before in New York
        pytest.param([datetime(2020, 1, 3, 4, tzinfo=UTC), datetime(2020, 1, 4, 4, tzinfo=UTC)], id="moments"),
    ],
)
def test_dates_of_every_type_are_sessions(tmp_path: Path, dates: list[Any]):
    write(tmp_path / "AAPL.parquet", Date=dates, Close=[1.5, 2.5], Volume=[100, None])
    batch = read_bars(tmp_path)
    assert batch.sessions.astype(str).tolist() == ["2020-01-02", "2020-01-03"]
    assert batch.close.tolist() == [1.5, 2.5]
    assert batch.volume.tolist()[0] == 100
    assert pd.isna(batch.volume[1])
    assert batch.rejected == ()


def test_decimal_prices_are_numbers(tmp_path: Path):
    write(tmp_path / "AAPL.parquet", Date=[date(2020, 1, 2)], Close=[Decimal("1.25")], Volume=[1])
    assert read_bars(tmp_path).close.tolist() == [1.25]


def test_an_index_that_pandas_wrote_is_a_column(tmp_path: Path):
    index = pd.DatetimeIndex(["2020-01-02", "2020-01-03"], name="Date", tz="America/New_York")
    pd.DataFrame({"Close": [1.0, 2.0], "Volume": [1, 2]}, index=index).to_parquet(tmp_path / "AAPL.parquet")
    assert read_bars(tmp_path).sessions.astype(str).tolist() == ["2020-01-02", "2020-01-03"]


def test_hours_of_every_type_open_in_utc(tmp_path: Path):
    write(
        tmp_path / "AAPL.parquet",
        Date=[datetime(2020, 1, 2, 9), datetime(2020, 7, 2, 9)],
        Close=[1.0, 2.0],
        Volume=[1, 1],
    )
    batch = read_bars(tmp_path, "1h")
    assert batch.opened_at.astype("datetime64[m]").astype(str).tolist() == ["2020-01-02T14:00", "2020-07-02T13:00"]


def test_a_row_without_a_date_is_set_aside(tmp_path: Path):
    write(tmp_path / "AAPL.parquet", Date=[date(2020, 1, 2), None], Close=[1.0, 2.0], Volume=[1, 1])
    batch = read_bars(tmp_path)
    assert batch.close.tolist() == [1.0]
    assert [record.reason for record in batch.rejected] == ["date None is not a date of the layout (AAPL.parquet)"]


def test_one_table_of_many_series_is_read_by_the_name_of_the_column(tmp_path: Path):
    write(tmp_path / "GDP.parquet", date=[date(2020, 1, 1)], GDP=[21_000.0], CPI=[250.0])
    (batch,) = source(tmp_path, "macro", "series").macro(MacroRequest(("GDP",), *YEARS))
    assert batch.values.tolist() == [21_000.0]


def test_records_of_many_symbols_keep_lists_and_moments(tmp_path: Path):
    write(
        tmp_path / "articles.parquet",
        title=["Two firms merge", "A quiet day"],
        at=[datetime(2024, 3, 8, 13, 30, tzinfo=UTC), None],
        tickers=[["MSFT", "AAPL"], []],
        score=[0.5, None],
    )
    client = source(tmp_path, "news", "articles", "articles.parquet")
    (batch,) = client.news(RecordRequest({"AAPL": "AAPL", "MSFT": "MSFT", "*": "*"}, *YEARS))
    (article,) = batch.records
    assert article.symbols == ("AAPL", "MSFT")
    assert article.published_at == datetime(2024, 3, 8, 13, 30, tzinfo=UTC)
    assert [(score.symbol, score.score) for score in article.scores] == [(None, 0.5)]
    assert [record.reason for record in batch.rejected] == ["it has no day of publication (articles.parquet)"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(lambda raw: raw[: len(raw) // 2], "is cut off, damaged or no Parquet .*fetch the file", id="cut"),
        pytest.param(lambda raw: b"<html>Not found</html>", "is cut off, damaged or no Parquet", id="page"),
        pytest.param(lambda raw: raw[:20] + b"\xff" * 40 + raw[60:], "AAPL.parquet", id="overwritten"),
        pytest.param(lambda raw: b"", "AAPL.parquet is empty; fetch the file again", id="empty"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: Any, message: str):
    path = tmp_path / "AAPL.parquet"
    write(path, Date=["2020-01-02"] * 50, Close=[1.0] * 50, Volume=[1] * 50)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SourceError, match=message):
        read_bars(tmp_path)


def test_a_file_of_other_columns_is_named(tmp_path: Path):
    write(tmp_path / "AAPL.parquet", Date=[date(2020, 1, 2)], Price=[1.0])
    with pytest.raises(SourceError, match=r"AAPL.parquet has no column 'Close' for 'close' .* it has Date, Price"):
        read_bars(tmp_path)
