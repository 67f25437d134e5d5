"""The files source on small files as people have them, whole and damaged, and on real folders where there are any."""

from __future__ import annotations

import gzip
import lzma
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
import yaml

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.settings import CHECKOUT, load_yaml
from tetra.sources.base import ActionBatch, BarBatch, BarRequest, MacroBatch, MacroRequest
from tetra.sources.files import FilesSource

YEARS = (date(1990, 1, 1), date(2030, 1, 1))
HEADER = "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient"
ROWS = (
    "2020-08-28,504.05,505.77,498.31,499.23,124.8,46907479,0.0,1.0",
    "2020-08-31,127.58,131.0,126.0,129.04,129.04,225702688,0.0,4.0",
    "2020-09-01,132.76,134.8,130.53,134.18,134.18,152470142,0.205,1.0",
)
ALPHA_VANTAGE = "\n".join([HEADER, *ROWS, ""])
LAYOUTS = load_yaml("sources.yaml")["sources"]["files"]["layouts"]


def source(folder: Path | str, file_name: str, layout: str = "alpha_vantage", **more: Any) -> FilesSource:
    kind = "macro" if layout == "fred" else "bars"
    block = {"path": f"{folder}/{file_name}", "layout": layout, **more}
    return FilesSource(layouts=LAYOUTS, **{kind: {"mine": block}})


def bars(client: FilesSource, symbol: str = "AAPL", ticker: str = "", span: tuple[date, date] = YEARS) -> BarBatch:
    (batch,) = client.bars(BarRequest({symbol: ticker or symbol}, *span))
    return batch


def actions(client: FilesSource, symbol: str = "AAPL", span: tuple[date, date] = YEARS) -> ActionBatch:
    (batch,) = client.actions(BarRequest({symbol: symbol}, *span))
    return batch


def macro(client: FilesSource, series_id: str) -> MacroBatch:
    (batch,) = client.macro(MacroRequest((series_id,), *YEARS))
    return batch


def write(path: Path, text: str) -> Path:
    content = text.encode()
    if path.suffix == ".xz":
        content = lzma.compress(content)
    elif path.suffix == ".gz":
        content = gzip.compress(content)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(path.stem + ".csv", content)
    else:
        path.write_bytes(content)
    return path


@pytest.mark.parametrize("ending", [".csv", ".csv.xz", ".csv.gz", ".zip"])
def test_raw_bars_come_with_their_actions_whatever_the_compression(tmp_path: Path, ending: str):
    write(tmp_path / f"AAPL{ending}", ALPHA_VANTAGE)
    client = source(tmp_path, "{symbol}.*")
    batch = bars(client)
    assert (batch.source, batch.price_basis, batch.rejected) == ("files:mine", "raw", ())
    assert batch.sessions.astype(str).tolist() == ["2020-08-28", "2020-08-31", "2020-09-01"]
    assert batch.close.tolist() == [499.23, 129.04, 134.18]
    assert batch.volume.tolist() == [46907479, 225702688, 152470142]
    found = actions(client)
    assert found.action_types == ("split", "dividend")
    assert found.ex_dates.astype(str).tolist() == ["2020-08-31", "2020-09-01"]
    assert found.values.tolist() == [4.0, 0.205]


def test_actions_asked_for_without_bars_are_the_same(tmp_path: Path):
    write(tmp_path / "AAPL.csv", ALPHA_VANTAGE)
    assert actions(source(tmp_path, "{symbol}.csv")).values.tolist() == [4.0, 0.205]


def test_only_the_days_asked_for_are_given(tmp_path: Path):
    write(tmp_path / "AAPL.csv", ALPHA_VANTAGE)
    client = source(tmp_path, "{symbol}.csv")
    day = (date(2020, 8, 31), date(2020, 8, 31))
    assert bars(client, span=day).close.tolist() == [129.04]
    assert actions(client, span=day).values.tolist() == [4.0]


def test_a_symbol_without_actions_is_known_to_have_none(tmp_path: Path):
    write(tmp_path / "AAPL.csv", "\n".join([HEADER, ROWS[0], ""]))
    assert actions(source(tmp_path, "{symbol}.csv")).values.size == 0


def test_a_dividend_that_the_previous_close_cannot_have_paid_is_set_aside(tmp_path: Path):
    # as KSU's spin-off of 2000-07-13 stands in one vendor's file
    write(tmp_path / "KSU.csv", f"{HEADER}\n2000-07-12,92,95,91,93.75,2,1,0,1\n2000-07-13,5,6,5,6.25,5,1,181.0,1\n")
    found = actions(source(tmp_path, "{symbol}.csv"), "KSU")
    assert found.values.size == 0
    assert [(record.key, record.reason) for record in found.rejected] == [
        ("KSU|dividend|2000-07-13", "dividend is not smaller than the previous close")
    ]


def test_dates_with_an_offset_are_told_in_the_exchanges_zone_and_dividends_in_the_shares_of_their_day(tmp_path: Path):
    # 2 for 1 after the dividend: 0.5 per new share was 1.0 per share then; 02:00 UTC is the evening before
    text = (
        "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
        "2025-12-01 00:00:00-05:00,10,11,9,10,100,0.5,0.0\n"
        "2025-12-03T02:00:00Z,10,11,9,10.5,100,0.0,0.0\n"
        "2025-12-05 00:00:00-05:00,10,11,9,11,100,0.25,2.0\n"
    )
    write(tmp_path / "XLK.csv", text)
    client = source(tmp_path, "{symbol}.csv", "yahoo")
    batch = bars(client, "XLK")
    assert batch.price_basis == "total"
    assert batch.sessions.astype(str).tolist() == ["2025-12-01", "2025-12-02", "2025-12-05"]
    found = actions(client, "XLK")
    assert found.action_types == ("split", "dividend", "dividend")
    assert found.values.tolist() == [2.0, 1.0, 0.25]


def test_a_date_without_offset_among_moments_is_set_aside(tmp_path: Path):
    text = (
        "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
        "2025-12-01 00:00:00-05:00,10,11,9,10,100,0,0\n2025-12-02,10,11,9,10,100,0,0\n"
    )
    write(tmp_path / "XLK.csv", text)
    batch = bars(source(tmp_path, "{symbol}.csv", "yahoo"), "XLK")
    assert batch.sessions.astype(str).tolist() == ["2025-12-01"]
    assert [record.key for record in batch.rejected] == ["XLK|1d|2025-12-02"]


def test_a_headerless_zip_named_in_lower_case_is_divided_to_the_cent(tmp_path: Path):
    write(tmp_path / "spy.zip", "19980102 00:00,973100,975300,965300,973600,2150000\n")
    batch = bars(source(tmp_path, "{symbol_lower}.zip", "lean"), "SPY")
    assert (batch.open[0], batch.close[0], batch.volume[0]) == (97.31, 97.36, 2150000)
    assert batch.sessions.astype(str).tolist() == ["1998-01-02"]


def test_raw_prices_beside_an_adjusted_close_can_be_taken_as_adjusted(tmp_path: Path):
    write(tmp_path / "AAPL.csv", "date,open,close,adj\n2020-01-02,10,20,5\n")
    layout = {
        "columns": {"date": "date", "open": "open", "close": "close", "adjusted_close": "adj"},
        "price_basis": "total",
    }
    block = {"path": f"{tmp_path}/{{symbol}}.csv", "layout": "own"}
    batch = bars(FilesSource(layouts={"own": layout}, bars={"mine": block}))
    assert (batch.open[0], batch.close[0]) == (2.5, 5.0)
    assert np.isnan(batch.high[0])


@pytest.mark.parametrize("column", ["value", "DGS10"])
def test_a_macro_series_is_read_whatever_its_column_is_called_and_its_gaps_are_no_records(tmp_path: Path, column: str):
    write(tmp_path / "DGS10.csv", f"DATE,{column}\n2020-01-01,.\n2020-01-02,1.88\n2020-01-03,\n")
    batch = macro(source(tmp_path, "{symbol}.csv", "fred"), "DGS10")
    assert batch.observation_dates.astype(str).tolist() == ["2020-01-02"]
    assert batch.values.tolist() == [1.88]
    assert np.isnat(batch.released_on).all()
    assert batch.rejected == ()


def test_one_file_of_one_symbol_needs_no_pattern(tmp_path: Path):
    write(tmp_path / "wti.csv", "Date,Price\n2020-04-20,-36.98\n")
    assert bars(source(tmp_path, "wti.csv", "date_price", symbols=["WTI"]), "WTI").close.tolist() == [-36.98]


def test_a_ticker_that_files_spell_otherwise_is_found(tmp_path: Path):
    write(tmp_path / "BRK-B.csv", ALPHA_VANTAGE)
    assert bars(source(tmp_path, "{symbol}.csv"), "BRK.B", "BRK-B").symbol == "BRK.B"


def test_a_ticker_that_was_another_companys_before_is_read_from_its_own_first_day(tmp_path: Path):
    write(tmp_path / "META.csv", ALPHA_VANTAGE)
    client = source(tmp_path, "{symbol}.csv", since={"META": date(2020, 9, 1)})
    assert bars(client, "META").sessions.astype(str).tolist() == ["2020-09-01"]
    assert actions(client, "META").ex_dates.astype(str).tolist() == ["2020-09-01"]
    early = (date(1999, 1, 1), date(2020, 8, 31))
    with pytest.raises(SourceUnavailable, match="no bar of META"):
        bars(client, "META", span=early)


def test_any_file_system_that_fsspec_knows_will_do():
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/tetra-files/AAPL.csv", ALPHA_VANTAGE.encode())
    try:
        assert bars(source("memory://tetra-files", "{symbol}.csv")).close.size == 3
    finally:
        memory.rm("/tetra-files", recursive=True)


def test_the_first_data_set_with_a_bar_in_the_range_serves_a_symbol(tmp_path: Path):
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
    write(tmp_path / "new" / "AAPL.csv", "\n".join([HEADER, ROWS[2], ""]))
    write(tmp_path / "old" / "AAPL.csv", "\n".join([HEADER, ROWS[0], ""]))
    blocks = {name: {"path": f"{tmp_path}/{name}/{{symbol}}.csv", "layout": "alpha_vantage"} for name in ("new", "old")}
    client = FilesSource(layouts=LAYOUTS, bars=blocks)
    assert bars(client).source == "files:new"
    assert bars(client, span=(date(2020, 8, 1), date(2020, 8, 31))).source == "files:old"


def test_batches_come_in_the_order_asked_for_however_many_threads_read(tmp_path: Path):
    names = [f"S{number:02d}" for number in range(40)]
    for number, name in enumerate(names):
        write(tmp_path / f"{name}.csv", f"{HEADER}\n2020-01-02,1,1,1,{number + 1},1,1,0,1\n")
    client = source(tmp_path, "{symbol}.csv")
    batches = list(client.bars(BarRequest({name: name for name in names}, *YEARS)))
    assert [batch.symbol for batch in batches] == names
    assert [batch.close[0] for batch in batches] == list(range(1, 41))


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


def test_the_middle_of_bid_and_ask_is_taken_where_the_layout_says_so(tmp_path: Path):
    row = "20070101 00:00,1.31927,1.32125,1.3187,1.32095,0,1.32027,1.32225,1.3197,1.32195,0\n"
    write(tmp_path / "eurusd.zip", row)
    batch = bars(source(tmp_path, "{symbol_lower}.zip", "lean_quote"), "EURUSD")
    assert batch.open[0] == pytest.approx((1.31927 + 1.32027) / 2)
    assert batch.close[0] == pytest.approx((1.32095 + 1.32195) / 2)
    assert np.isnan(batch.volume[0])


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


def test_text_in_another_encoding_is_read_where_the_layout_says_so(tmp_path: Path):
    (tmp_path / "AAPL.csv").write_bytes("Datum,Schluß\n2020-01-02,1.5\n".encode("latin-1"))
    layout = {"columns": {"date": "Datum", "close": "Schluß"}, "price_basis": "raw", "encoding": "latin-1"}
    block = {"path": f"{tmp_path}/{{symbol}}.csv", "layout": "own"}
    assert bars(FilesSource(layouts={"own": layout}, bars={"mine": block})).close.tolist() == [1.5]


def test_a_folder_that_grows_no_more_has_a_last_day(tmp_path: Path):
    assert source(tmp_path, "{symbol}.csv", last_day=date(2021, 4, 21)).last_day("bars") == date(2021, 4, 21)
    assert source(tmp_path, "{symbol}.csv").last_day("bars") is None


def test_the_complete_example_of_the_configuration_is_one():
    lines = (CHECKOUT / "include/config/sources.yaml").read_text().splitlines()
    begin = next(number for number, line in enumerate(lines) if "A complete example" in line) + 1
    end = next(number for number in range(begin, len(lines)) if not lines[number].startswith("    #"))
    example = yaml.safe_load("\n".join(line.removeprefix("    # ") for line in lines[begin:end]))
    client = FilesSource(layouts=LAYOUTS, **example)
    assert set(example) == set(client.kinds)
    assert {path.rpartition("/")[0] for path in _paths(client)} >= {"../fred", "../news", "../lean/equity/usa/hour"}


def _paths(client: FilesSource) -> list[str]:
    return [data_set.path for data_sets in client.data_sets.values() for data_set in data_sets]


def test_every_real_macro_series_is_read_whole(market_data: Path):
    folder = market_data / "macro_fred"
    names = sorted(path.name.partition(".")[0] for path in folder.glob("*.csv*"))
    batches = list(
        source(folder, "{symbol}.csv*", "fred").macro(MacroRequest(tuple(names), date(1900, 1, 1), YEARS[1]))
    )
    assert [batch.series_id for batch in batches] == names
    assert len(names) >= 66
    assert [batch.rejected for batch in batches] == [()] * len(names)
    assert min(batch.values.size for batch in batches) > 40


@pytest.mark.parametrize(
    ("path", "layout", "symbol", "first_day", "first_close", "sessions"),
    [
        ("indices/wti-daily.csv", "date_price", "WTI", "1986-01-02", 25.56, 10_000),
        ("indices/brent-daily.csv", "date_price", "BRENT", "1987-05-20", 18.63, 9_000),
        ("lean/crypto/coinbase/daily/btcusd_trade.zip", "lean_trade", "BTC-USD", "2014-12-01", 370.0, 1_300),
        # bid 1.32095, ask 1.32195
        ("lean/forex/oanda/daily/eurusd.zip", "lean_quote", "EUR-USD", "2007-01-01", 1.32145, 3_500),
    ],
)
def test_real_files_of_one_symbol_are_read_whole(
    market_data: Path, path: str, layout: str, symbol: str, first_day: str, first_close: float, sessions: int
):
    block = {"path": str(market_data / path), "layout": layout, "symbols": [symbol]}
    batch = bars(FilesSource(layouts=LAYOUTS, bars={"mine": block}), symbol, span=(date(1980, 1, 1), YEARS[1]))
    assert (str(batch.sessions[0]), batch.rejected) == (first_day, ())
    assert batch.close[0] == pytest.approx(first_close)
    assert batch.close.size > sessions


def test_every_real_daily_zip_is_read_whole(market_data: Path):
    folder = market_data / "lean/equity/usa/daily"
    names = sorted(path.stem.upper() for path in folder.glob("*.zip"))
    batches = list(
        source(folder, "{symbol_lower}.zip", "lean").bars(BarRequest({name: name for name in names}, *YEARS))
    )
    assert [(batch.symbol, batch.rejected) for batch in batches] == [(name, ()) for name in names]


def test_real_files_of_each_shipped_layout_are_read(market_data: Path):
    spy = bars(source(market_data / "lean/equity/usa/daily", "{symbol_lower}.zip", "lean"), "SPY")
    assert spy.close[spy.sessions == np.datetime64("2008-10-15")].tolist() == [90.75]
    technology = bars(source(market_data / "sector_etfs", "{symbol}.csv.xz", "yahoo"), "XLK")
    assert (str(technology.sessions[0]), technology.sessions.size) == ("1998-12-22", 6823)
    vix = bars(source(market_data / "indices", "vix-daily.csv", "ohlc", symbols=["VIX"]), "VIX")
    assert vix.close[vix.sessions == np.datetime64("2020-03-16")].tolist() == [82.69]
    aaa = macro(source(market_data / "macro_fred", "{symbol}.csv", "fred"), "AAA")
    assert (str(aaa.observation_dates[0]), aaa.values[-1] > 0) == ("1990-01-01", True)
    for batch in (spy, technology, vix, aaa):
        assert batch.rejected == ()
