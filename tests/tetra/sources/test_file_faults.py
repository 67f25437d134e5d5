"""Damaged files and mistaken configuration of the files source: each is named, with the remedy."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.tetra.sources.price_files import ALPHA_VANTAGE, LAYOUTS, bars, source, write

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.sources.files import FilesSource


@pytest.mark.parametrize(
    ("row", "label", "reason"),
    [
        pytest.param("2020-09-02,a,2,1,1,1,1,0,1", "2020-09-02", "open 'a' is not a number", id="text for a number"),
        pytest.param("2020-99-02,1,2,1,1,1,1,0,1", "2020-99-02", "date '2020-99-02' is not a date", id="no date"),
        pytest.param("2020-09-02,1,2,1,1,1,1,0,1,7", "line 5: 2020-09-02", "more than the 9 fields", id="many fields"),
        pytest.param("2020-09-02,1,2", "line 5: 2020-09-02", "the line is cut off", id="cut off"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(tmp_path: Path, row: str, label: str, reason: str):
    write(tmp_path / "AAPL.csv", ALPHA_VANTAGE + row)
    batch = bars(source(tmp_path, "{symbol}.csv"))
    assert batch.close.tolist() == [499.23, 129.04, 134.18]
    (record,) = batch.rejected
    assert (record.key, record.source) == (f"AAPL|1d|{label}", "files:mine")
    assert reason in record.reason
    assert "AAPL.csv" in record.reason
    assert row.split(",")[0] in record.record.values()


@pytest.mark.parametrize("ending", [".csv.xz", ".csv.gz", ".zip"])
def test_a_half_written_file_is_named_with_the_remedy(tmp_path: Path, ending: str):
    path = write(tmp_path / f"AAPL{ending}", ALPHA_VANTAGE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceError, match=rf"AAPL{ending} is cut off or damaged .*fetch the file again"):
        bars(source(tmp_path, "{symbol}.*"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", r"AAPL.csv is empty; fetch the file again", id="empty"),
        pytest.param(b"<html>Not found</html>", "AAPL.csv has no column 'timestamp' for 'date'", id="page"),
        pytest.param(b"timestamp,open\n2020-01-02,1\n", "has no column 'high' .*it has timestamp, open: ", id="column"),
        pytest.param(b"timestamp,\xff\xfe\n\xff,1\n", "AAPL.csv is not UTF-8 text", id="bytes"),
        pytest.param(b"timestamp,open\n2020-01-02,1,2\n", "rows have more fields than the header", id="wide rows"),
    ],
)
def test_a_file_that_is_no_such_table_is_named_with_the_remedy(tmp_path: Path, content: bytes, message: str):
    (tmp_path / "AAPL.csv").write_bytes(content)
    with pytest.raises(SourceError, match=message):
        bars(source(tmp_path, "{symbol}.csv"))


def test_two_files_of_one_symbol_are_refused(tmp_path: Path):
    write(tmp_path / "AAPL.csv", ALPHA_VANTAGE)
    write(tmp_path / "AAPL.csv.xz", ALPHA_VANTAGE)
    with pytest.raises(SourceError, match=r"AAPL has several files, .*AAPL.csv and .*AAPL.csv.xz"):
        bars(source(tmp_path, "{symbol}.csv*"))


def test_a_zip_of_several_files_is_refused(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "AAPL.zip", "w") as archive:
        archive.writestr("a.csv", ALPHA_VANTAGE)
        archive.writestr("b.csv", ALPHA_VANTAGE)
    with pytest.raises(SourceError, match=r"AAPL.zip holds 2 files"):
        bars(source(tmp_path, "{symbol}.zip"))


def test_what_is_not_there_is_left_to_the_next_source(tmp_path: Path):
    write(tmp_path / "AAPL.csv", ALPHA_VANTAGE)
    early = (date(1999, 1, 1), date(1999, 12, 31))
    with pytest.raises(SourceUnavailable, match=r"no bar of AAPL from 1999-01-01"):
        bars(source(tmp_path, "{symbol}.csv"), span=early)
    with pytest.raises(SourceUnavailable, match=r"no bar of MSFT"):
        bars(source(tmp_path, "{symbol}.csv"), "MSFT")
    with pytest.raises(SourceUnavailable, match=r"folder .*nowhere of data set 'mine' does not exist"):
        bars(source(tmp_path / "nowhere", "{symbol}.csv"))


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"layout": "alfa_vantage"}, "unknown layout 'alfa_vantage'; did you mean 'alpha_vantage'"),
        ({"layout": "fred"}, "layout 'fred' has no column for 'close'"),
        ({"pth": "x"}, "unknown key 'pth'; did you mean 'path'"),
        ({"path": "folder/{symbol}.tar.gz"}, "is an archive; archives are read for news and events"),
        ({"path": "{symbol}/prices.csv"}, "must end in a file's name, and only that may vary"),
        ({"path": "*/prices.csv"}, "must end in a file's name, and only that may vary"),
        ({"timezone": "America/NewYork"}, "did you mean 'America/New_York'"),
        ({"path": "folder/wti.csv"}, "name its one symbol under symbols"),
        ({"symbols": [True]}, "symbols must be a list of texts"),
        ({"since": ["AAPL"]}, "since must give symbols their first day, such as FB: 2012-05-18"),
        ({"last_day": "soon"}, "last_day 'soon' is not a date"),
    ],
)
def test_a_mistake_in_a_data_set_is_named(block: dict[str, Any], message: str):
    usual = {"path": "folder/{symbol}.csv", "layout": "alpha_vantage"}
    with pytest.raises(SettingsError, match=message):
        FilesSource(layouts=LAYOUTS, bars={"mine": {**usual, **block}})


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"columns": {"date": "d", "clsoe": "c"}}, "unknown key 'clsoe'; did you mean 'close'"),
        ({"columns": {"close": "c"}}, "key 'date' is missing"),
        ({"columns": {"date": "d"}, "header": False}, "without a header give positions"),
        ({"columns": {"date": "d"}, "price_basis": "rwa"}, "unknown price basis 'rwa'; did you mean 'raw'"),
        ({"columns": {"date": "d"}, "timezone": "America/NewYork"}, "did you mean 'America/New_York'"),
        ({"columns": {"date": "d"}, "price_divisor": 0}, "price_divisor must be a number above 0"),
        ({"columns": {"date": []}}, "no column is named"),
        ({"columns": {"date": "d", "close": {"maen": ["a", "b"]}}}, "unknown key 'maen'; did you mean 'mean'"),
        ({"columns": {"date": {"mean": ["a", "b"]}}}, "only numbers have a mean"),
        ({"columns": {"date": "d"}, "encoding": "utf8-ish"}, "unknown encoding 'utf8-ish'"),
        ({"columns": {"date": "d"}, "separator": "||"}, "separator must be one character"),
        ({"columns": {"date": "d"}, "header": "no"}, "header must be true or false"),
        ({"columns": {"date": "d"}, "end_is": "lastday"}, "did you mean 'last_day'"),
    ],
)
def test_a_mistake_in_a_layout_is_named(block: dict[str, Any], message: str):
    with pytest.raises(SettingsError, match=message):
        FilesSource(layouts={"own": block})


def test_a_kind_of_data_that_there_is_not_is_named_with_the_nearest():
    with pytest.raises(SettingsError, match="unknown key 'horly_bars'; did you mean 'hourly_bars'"):
        FilesSource(layouts={}, horly_bars={})


def test_a_middle_of_which_one_side_is_no_number_is_set_aside(tmp_path: Path):
    good = "20070101 00:00,1,2,1,2,0,1,2,1,2,0\n"
    write(tmp_path / "eurusd.zip", good + good.replace("0101", "0102").replace(",1,2,1,2,0\n", ",1,2,1,x,0\n"))
    batch = bars(source(tmp_path, "{symbol_lower}.zip", "lean_quote"), "EURUSD")
    assert batch.sessions.astype(str).tolist() == ["2007-01-01"]
    (record,) = batch.rejected
    assert (record.key, record.reason) == (
        "EURUSD|1d|2007-01-02",
        "close 'x' is not a number (eurusd.zip)",
    )


def test_a_file_without_one_side_of_a_middle_is_named(tmp_path: Path):
    write(tmp_path / "btcusd.zip", "20070101 00:00,1,2,1,2,0\n")
    with pytest.raises(SourceError, match="has no column 1 and 6 for 'open'"):
        bars(source(tmp_path, "{symbol_lower}.zip", "lean_quote"), "BTCUSD")
