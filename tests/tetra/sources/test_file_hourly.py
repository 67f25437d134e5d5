"""Hourly bars from files: opens in UTC, sessions in the exchange's zone, clocks that change."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.settings import load_yaml
from tetra.sources.base import BarBatch, BarRequest
from tetra.sources.files import FilesSource

YEARS = (date(1990, 1, 1), date(2030, 1, 1))
LAYOUTS = load_yaml("sources.yaml")["sources"]["files"]["layouts"]


def write_zip(path: Path, *rows: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(path.stem + ".csv", "\n".join([*rows, ""]))


def source(path: str, layout: str = "lean", **more: Any) -> FilesSource:
    return FilesSource(layouts=LAYOUTS, hourly_bars={"mine": {"path": path, "layout": layout, **more}})


def hourly(client: FilesSource, symbol: str = "SPY", span: tuple[date, date] = YEARS) -> BarBatch:
    (batch,) = client.bars(BarRequest({symbol: symbol}, *span, timeframe="1h"))
    return batch


def opens(batch: BarBatch) -> list[str]:
    assert batch.opened_at is not None
    return batch.opened_at.astype("datetime64[m]").astype(str).tolist()


def test_hours_of_new_york_open_an_hour_earlier_in_utc_once_its_clocks_are_ahead(tmp_path: Path):
    # clocks went ahead on Sunday 2021-03-14
    write_zip(
        tmp_path / "spy.zip",
        "20210312 15:00,3930000,3940000,3920000,3935000,100",
        "20210315 09:00,3940000,3950000,3930000,3945000,200",
    )
    batch = hourly(source(f"{tmp_path}/{{symbol_lower}}.zip"))
    assert opens(batch) == ["2021-03-12T20:00", "2021-03-15T13:00"]
    assert batch.sessions.astype(str).tolist() == ["2021-03-12", "2021-03-15"]
    assert (batch.timeframe, batch.price_basis, batch.source) == ("1h", "raw", "files:mine")
    assert batch.close.tolist() == [393.5, 394.5]
    assert batch.volume.tolist() == [100, 200]
    assert batch.ts.dtype == np.dtype("datetime64[us]")


def test_hours_that_clocks_skip_or_show_twice_are_set_aside(tmp_path: Path):
    write_zip(
        tmp_path / "spy.zip",
        "20210314 01:00,10000,10000,10000,10000,1",
        "20210314 02:00,10000,10000,10000,10000,2",  # skipped
        "20210314 03:00,10000,10000,10000,10000,3",
        "20211107 00:00,10000,10000,10000,10000,4",
        "20211107 01:00,10000,10000,10000,10000,5",  # shown twice
        "20211107 02:00,10000,10000,10000,10000,6",
    )
    batch = hourly(source(f"{tmp_path}/{{symbol_lower}}.zip"))
    assert opens(batch) == ["2021-03-14T06:00", "2021-03-14T07:00", "2021-11-07T04:00", "2021-11-07T07:00"]
    assert [record.key for record in batch.rejected] == ["SPY|1h|20210314 02:00", "SPY|1h|20211107 01:00"]
    assert "is skipped or shown twice by clocks of America/New_York; write it" in batch.rejected[0].reason


def test_hours_written_with_an_offset_are_told_whatever_the_clocks_do(tmp_path: Path):
    (tmp_path / "SPY.csv").write_text(
        "Datetime,Open,High,Low,Close,Volume\n"
        "2024-11-01 15:30:00-04:00,1,1,1,1,10\n"
        "2024-11-03 01:00:00-04:00,1,1,1,2,10\n"
        "2024-11-03 01:00:00-05:00,1,1,1,3,10\n"
        "2024-11-05T02:30:00Z,1,1,1,4,10\n"
    )
    batch = hourly(source(f"{tmp_path}/{{symbol}}.csv", "yahoo_hourly"))
    assert opens(batch) == ["2024-11-01T19:30", "2024-11-03T05:00", "2024-11-03T06:00", "2024-11-05T02:30"]
    assert batch.sessions.astype(str).tolist() == ["2024-11-01", "2024-11-03", "2024-11-03", "2024-11-04"]
    assert batch.price_basis == "split"


def test_a_data_set_may_be_of_another_zone_than_its_layout(tmp_path: Path):
    write_zip(tmp_path / "btcusd.zip", "20210314 02:00,10000,10000,10000,10000,2")
    batch = hourly(source(f"{tmp_path}/{{symbol_lower}}.zip", timezone="UTC"), "BTCUSD")
    assert opens(batch) == ["2021-03-14T02:00"]


def test_a_bad_field_is_set_aside_under_the_hours_open_in_utc(tmp_path: Path):
    write_zip(
        tmp_path / "spy.zip",
        "20210315 09:00,10000,10000,10000,10000,1",
        "20210315 10:00,10000,10000,10000,abc,1",
        "20211315 10:00,10000,10000,10000,10000,1",
    )
    batch = hourly(source(f"{tmp_path}/{{symbol_lower}}.zip"))
    assert opens(batch) == ["2021-03-15T13:00"]
    assert [(record.key, record.reason) for record in batch.rejected] == [
        ("SPY|1h|20211315 10:00", "date '20211315 10:00' is not a date of the layout (spy.zip)"),
        ("SPY|1h|2021-03-15T14:00", "close 'abc' is not a number (spy.zip)"),
    ]


def test_hours_asked_for_are_those_of_the_sessions(tmp_path: Path):
    # 20:00 on the 15th in New York is the 16th in UTC
    write_zip(tmp_path / "spy.zip", "20210315 20:00,1,1,1,1,1", "20210316 09:00,1,1,1,1,2")
    day = date(2021, 3, 15)
    batch = hourly(source(f"{tmp_path}/{{symbol_lower}}.zip"), span=(day, day))
    assert opens(batch) == ["2021-03-16T00:00"]


def test_daily_and_hourly_data_sets_are_kept_apart(tmp_path: Path):
    write_zip(tmp_path / "spy.zip", "20210315 09:00,10000,10000,10000,10000,1")
    client = source(f"{tmp_path}/{{symbol_lower}}.zip")
    with pytest.raises(SourceUnavailable, match=r"no bar of SPY"):
        list(client.bars(BarRequest({"SPY": "SPY"}, *YEARS)))
    with pytest.raises(SourceUnavailable, match=r"no hourly bar of QQQ"):
        hourly(client, "QQQ")
    assert "hourly_bars" in client.kinds


def test_a_layout_of_hours_must_say_its_zone():
    layout = {"columns": {"date": "d", "close": "c"}, "price_basis": "raw"}
    with pytest.raises(SettingsError, match="has no timezone; say which zone its times of day are in"):
        FilesSource(layouts={"own": layout}, hourly_bars={"mine": {"path": "a/{symbol}.csv", "layout": "own"}})


def test_a_half_written_zip_is_named(tmp_path: Path):
    path = tmp_path / "spy.zip"
    write_zip(path, "20210315 09:00,10000,10000,10000,10000,1")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SourceError, match=r"spy.zip is cut off or damaged"):
        hourly(source(f"{tmp_path}/{{symbol_lower}}.zip"))


def test_real_hourly_zips_are_read_whole(market_data: Path):
    folder = market_data / "lean/equity/usa/hour"
    names = sorted(path.stem.upper() for path in folder.glob("*.zip"))
    client = source(f"{folder}/{{symbol_lower}}.zip")
    batches = list(client.bars(BarRequest({name: name for name in names}, *YEARS, timeframe="1h")))
    assert [batch.symbol for batch in batches] == names
    assert [batch.rejected for batch in batches] == [()] * len(names)
    spy = batches[names.index("SPY")]
    assert opens(spy)[0] == "1998-01-02T14:00"
    day = spy.sessions == np.datetime64("2008-10-15")
    assert spy.close[day][-1] == pytest.approx(90.75, abs=0.05)  # the daily close
    assert np.unique(opens(spy)).size == spy.close.size
