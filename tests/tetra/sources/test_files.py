"""The files source on small files as people have them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import fsspec
import numpy as np
import pytest
import yaml
from tests.tetra.sources.price_files import (
    ALPHA_VANTAGE,
    HEADER,
    LAYOUTS,
    ROWS,
    YEARS,
    actions,
    bars,
    macro,
    source,
    write,
)

from tetra.errors import SourceUnavailable
from tetra.settings import CHECKOUT
from tetra.sources.base import BarRequest
from tetra.sources.files import FilesSource


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


def test_the_middle_of_bid_and_ask_is_taken_where_the_layout_says_so(tmp_path: Path):
    row = "20070101 00:00,1.31927,1.32125,1.3187,1.32095,0,1.32027,1.32225,1.3197,1.32195,0\n"
    write(tmp_path / "eurusd.zip", row)
    batch = bars(source(tmp_path, "{symbol_lower}.zip", "lean_quote"), "EURUSD")
    assert batch.open[0] == pytest.approx((1.31927 + 1.32027) / 2)
    assert batch.close[0] == pytest.approx((1.32095 + 1.32195) / 2)
    assert np.isnan(batch.volume[0])


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
