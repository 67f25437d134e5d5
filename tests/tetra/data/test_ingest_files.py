"""Files landed by configuration alone: bars, actions and macro; damage of known kinds is caught by name."""

from __future__ import annotations

import lzma
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tetra.data.ingest import IngestReport, IngestRequest, TableReport, ingest
from tetra.data.prices import load_history
from tetra.errors import SourceError
from tetra.settings import load_yaml

pytestmark = pytest.mark.postgres

HEADER = "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient"
WEEK = (date(2015, 6, 1), date(2015, 6, 5))
MONDAY = "2015-06-01,10,11,9,10,10,1000,0,1"
TUESDAY = "2015-06-02,5,6,4,5,10,2000,0,2"
WEDNESDAY = "2015-06-03,5,6,4,4.5,10,2000,0.5,1"
LAYOUTS = load_yaml("sources.yaml")["sources"]["files"]["layouts"]
ACTIONS = "market_data.corporate_actions"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files, beside the configuration that loads it."""
    configuration = tmp_path / "config"
    configuration.mkdir()
    files = tmp_path / "files"
    files.mkdir()
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(configuration))
    return files


def configure(folder: Path, *symbols: str, path: str = "", asset_class: str = "stock", **blocks: Any) -> None:
    """Write universe.yaml and sources.yaml as a user would who has a folder of files."""
    instrument = {"asset_class": asset_class, "sector": "Energy", "exchange": "DT-X", "currency": "USD"}
    universe = {
        "exchanges": {"DT-X": {"name": "Stocks", "calendar": "XNYS", "timezone": "America/New_York"}},
        "groups": {},
        "instruments": {symbol: {"name": symbol, **instrument} for symbol in symbols},
        "indicators": {"DT-RATE": {"name": "A rate", "unit": "percent", "frequency": "monthly"}},
    }
    client = {
        "layouts": LAYOUTS,
        "bars": {"mine": {"path": path or f"{folder}/{{symbol}}.csv*", "layout": "alpha_vantage"}},
        **blocks,
    }
    kinds = {kind: {"sources": ["files"], "required": kind == "bars"} for kind in ("bars", "actions", "macro")}
    configuration = folder.parent / "config"
    (configuration / "universe.yaml").write_text(yaml.safe_dump(universe))
    (configuration / "sources.yaml").write_text(yaml.safe_dump({"kinds": kinds, "sources": {"files": client}}))


def write(folder: Path, symbol: str, *rows: str) -> None:
    (folder / f"{symbol}.csv").write_text("\n".join([HEADER, *rows, ""]))


def table(report: IngestReport, name: str = "market_data.ohlcv") -> TableReport:
    return next(entry for entry in report.tables if entry.table == name)


def counts(report: IngestReport, name: str = "market_data.ohlcv") -> tuple[int, int, int, int]:
    found = table(report, name)
    return found.inserted, found.updated, found.unchanged, found.rejected


def select(connection: Any, query: str) -> list[tuple]:
    rows = connection.execute(query).fetchall()
    connection.commit()
    return rows


def reasons(connection: Any, table_name: str = "market_data.ohlcv") -> dict[str, str]:
    query = "select record_key, reason from quality.rejected_records where record_key like 'DT-%'"
    return dict(select(connection, f"{query} and table_name = '{table_name}'"))


def test_bars_actions_and_macro_are_landed_and_the_same_again_writes_nothing(writer, folder):
    write(folder, "DT-A", MONDAY, TUESDAY, WEDNESDAY)
    (folder / "DT-RATE.csv").write_text("DATE,DT-RATE\n2015-06-01,5.0\n")
    configure(folder, "DT-A", macro={"rates": {"path": f"{folder}/{{symbol}}.csv", "layout": "fred"}})
    first = ingest(writer, IngestRequest(*WEEK))
    assert [counts(first, name) for name in ("market_data.ohlcv", ACTIONS, "economic_data.releases")] == [
        (3, 0, 0, 0),
        (2, 0, 0, 0),
        (1, 0, 0, 0),
    ]
    query = f"select action_type, ex_date::text, value, source from {ACTIONS} where symbol = 'DT-A' order by ex_date"
    assert select(writer, query) == [
        ("split", "2015-06-02", 2.0, "files:mine"),
        ("dividend", "2015-06-03", 0.5, "files:mine"),
    ]
    versions = f"select symbol, ts::text, xmin::text from market_data.ohlcv where symbol like 'DT-%' union all \
        select symbol, ex_date::text, xmin::text from {ACTIONS} where symbol like 'DT-%' order by 1, 2"
    before = select(writer, versions)
    second = ingest(writer, IngestRequest(*WEEK))
    assert (second.changed, counts(second), counts(second, ACTIONS)) == (False, (0, 0, 3, 0), (0, 0, 2, 0))
    assert select(writer, versions) == before


def test_raw_bars_and_their_actions_make_a_continuous_series(writer, folder):
    write(folder, "DT-A", MONDAY, TUESDAY, WEDNESDAY)
    configure(folder, "DT-A")
    ingest(writer, IngestRequest(*WEEK))
    history = load_history(writer, as_of=WEEK[1], symbols=["DT-A"])
    # 10 for one share is 5 for each of two, less the tenth of it that Wednesday's dividend takes
    assert history.close[0, :3].tolist() == pytest.approx([4.5, 4.5, 4.5])


def test_a_split_that_restates_adjusted_prices_is_healed_by_landing_the_whole_history(writer, folder):
    split_adjusted = {**LAYOUTS["alpha_vantage"], "price_basis": "split"}
    settings = {
        "layouts": {**LAYOUTS, "adjusted": split_adjusted},
        "bars": {"mine": {"path": f"{folder}/{{symbol}}.csv", "layout": "adjusted"}},
    }
    write(folder, "DT-A", MONDAY, "2015-06-02,10,11,9,10,10,1000,0,1", "2015-06-03,10,11,9,10,10,1000,0,1")
    configure(folder, "DT-A", **settings)
    ingest(writer, IngestRequest(*WEEK))
    # on Thursday the share is split two for one, and the vendor halves all it has
    halves = [f"2015-06-0{day},5,5.5,4.5,5,5,2000,0,{2 if day == 4 else 1}" for day in (1, 2, 3, 4)]
    write(folder, "DT-A", *halves)
    report = ingest(writer, IngestRequest(date(2015, 6, 2), date(2015, 6, 4)))
    query = "select close from market_data.ohlcv where symbol = 'DT-A' order by ts"
    assert select(writer, query) == [(5.0,)] * 4
    assert counts(report)[:2] == (1, 3)


def test_an_action_that_its_source_moves_to_another_day_is_not_applied_twice(writer, folder):
    write(folder, "DT-A", MONDAY, TUESDAY, WEDNESDAY)
    configure(folder, "DT-A")
    ingest(writer, IngestRequest(*WEEK))
    moved = "2015-06-02,10,11,9,10,10,2000,0,1", "2015-06-03,5,6,4,4.5,10,2000,0.5,2"
    write(folder, "DT-A", MONDAY, *moved)
    report = ingest(writer, IngestRequest(*WEEK))
    assert table(report, ACTIONS).deleted == 1
    query = f"select action_type, ex_date::text from {ACTIONS} where symbol = 'DT-A' order by 1, 2"
    assert select(writer, query) == [("dividend", "2015-06-03"), ("split", "2015-06-03")]


def test_a_revised_action_is_updated_and_one_put_right_is_set_aside_no_more(writer, folder):
    configure(folder, "DT-A")
    write(folder, "DT-A", MONDAY, "2015-06-02,5,6,4,5,10,2000,0,-2", "2015-06-03,5,6,4,4.5,10,2000,0.4,1")
    assert counts(ingest(writer, IngestRequest(*WEEK)), ACTIONS) == (1, 0, 0, 1)
    assert reasons(writer, ACTIONS) == {"DT-A|split|2015-06-02": "value is zero or negative"}
    write(folder, "DT-A", MONDAY, TUESDAY, WEDNESDAY)
    assert counts(ingest(writer, IngestRequest(*WEEK)), ACTIONS) == (1, 1, 0, 0)
    assert reasons(writer, ACTIONS) == {}


def test_bars_beside_and_inside_what_is_held_are_told_apart(writer, folder):
    configure(folder, "DT-A", "DT-B")
    write(folder, "DT-A", TUESDAY)
    write(folder, "DT-B", TUESDAY)
    ingest(writer, IngestRequest(*WEEK))
    write(folder, "DT-A", MONDAY, TUESDAY.replace(",2000,", ",2001,"))
    write(folder, "DT-B", TUESDAY)
    assert counts(ingest(writer, IngestRequest(*WEEK))) == (1, 1, 1, 0)
    assert counts(ingest(writer, IngestRequest(WEEK[0], WEEK[0]))) == (0, 0, 1, 0)
    write(folder, "DT-B", MONDAY, TUESDAY)
    assert counts(ingest(writer, IngestRequest(WEEK[0], WEEK[0]))) == (1, 0, 1, 0)


def test_a_field_that_is_blank_in_the_file_is_null_in_the_table_and_compared_as_such(writer, folder):
    configure(folder, "DT-A")
    write(folder, "DT-A", "2015-06-01,,,,10,10,,0,1")
    ingest(writer, IngestRequest(*WEEK))
    query = "select open, high, low, close, volume from market_data.ohlcv where symbol = 'DT-A'"
    assert select(writer, query) == [(None, None, None, 10.0, None)]
    assert counts(ingest(writer, IngestRequest(*WEEK))) == (0, 0, 1, 0)
    write(folder, "DT-A", MONDAY)
    assert counts(ingest(writer, IngestRequest(*WEEK))) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [MONDAY, "2015-06-02,10,0,9,10,10,1000,0,1", "2015-06-03,10,0,9,10,10,1000,0,1"],
            {"DT-A|1d|2015-06-02": "low is above high", "DT-A|1d|2015-06-03": "low is above high"},
            id="column of zeros: highs",
        ),
        pytest.param(
            [MONDAY, "2015-06-02,0,11,0,10,10,1000,0,1"],
            {"DT-A|1d|2015-06-02": "a price of a stock is zero or negative"},
            id="column of zeros: opens and lows",
        ),
        pytest.param(
            [MONDAY, MONDAY.replace("1000", "1001")],
            {"DT-A|1d|2015-06-01#2": "a second record of the session"},
            id="duplicated session",
        ),
        pytest.param(
            [MONDAY, "2015-06-02,10,9,11,10,10,1000,0,1"],
            {"DT-A|1d|2015-06-02": "low is above high"},
            id="high below low",
        ),
        pytest.param(
            [MONDAY, "2015-06-02,10,11,9,-36.98,10,1000,0,1"],
            {"DT-A|1d|2015-06-02": "close is outside low to high"},
            id="negative price of a stock",
        ),
        pytest.param(
            [MONDAY, "2015-06-02,ten,11,9,10,10,1000,0,1"],
            {"DT-A|1d|2015-06-02": "open 'ten' is not a number (DT-A.csv)"},
            id="text for a number",
        ),
    ],
)
def test_a_known_defect_is_caught_by_name_and_the_rest_is_landed(writer, folder, rows, expected):
    configure(folder, "DT-A")
    write(folder, "DT-A", *rows)
    report = ingest(writer, IngestRequest(*WEEK))
    assert counts(report) == (1, 0, 0, len(expected))
    assert reasons(writer) == expected
    write(folder, "DT-A", MONDAY, TUESDAY, WEDNESDAY)
    ingest(writer, IngestRequest(*WEEK))
    assert {key for key in reasons(writer) if not key.endswith("#2")} == set()


def test_a_column_of_nothing_but_zeros_lands_no_bar_and_names_every_one(writer, folder):
    configure(folder, "DT-A", "DT-B")
    write(folder, "DT-A", *(f"2015-06-0{day},0,0,0,0,0,1000,0,1" for day in range(1, 6)))
    write(folder, "DT-B", MONDAY)
    assert counts(ingest(writer, IngestRequest(*WEEK))) == (1, 0, 0, 5)
    assert set(reasons(writer).values()) == {"a price of a stock is zero or negative"}


def test_oil_below_zero_is_landed(writer, folder):
    (folder / "wti.csv").write_text("Date,Price\n2020-04-17,18.31\n2020-04-20,-36.98\n2020-04-21,8.91\n")
    oil = {"oil": {"path": f"{folder}/wti.csv", "layout": "date_price", "symbols": ["DT-OIL"]}}
    configure(folder, "DT-OIL", asset_class="commodity", bars=oil)
    assert counts(ingest(writer, IngestRequest(date(2020, 4, 17), date(2020, 4, 21)))) == (3, 0, 0, 0)
    query = "select close from market_data.ohlcv where symbol = 'DT-OIL' order by ts"
    assert select(writer, query) == [(18.31,), (-36.98,), (8.91,)]


def test_a_half_written_file_loses_nothing_that_was_there(writer, folder):
    configure(folder, "DT-A", "DT-B")
    write(folder, "DT-A", MONDAY)
    write(folder, "DT-B", MONDAY, TUESDAY)
    ingest(writer, IngestRequest(*WEEK))
    query = "select symbol, ts, close, xmin::text from market_data.ohlcv where symbol like 'DT-%' order by 1, 2"
    before = select(writer, query)
    write(folder, "DT-A", MONDAY.replace("1000", "1001"), TUESDAY)
    whole = lzma.compress((folder / "DT-B.csv").read_bytes())
    (folder / "DT-B.csv").unlink()
    (folder / "DT-B.csv.xz").write_bytes(whole[:-20])
    with pytest.raises(SourceError, match=r"DT-B.csv.xz is cut off or damaged"):
        ingest(writer, IngestRequest(*WEEK))
    assert select(writer, query) == before
    (folder / "DT-B.csv.xz").write_bytes(whole)
    assert counts(ingest(writer, IngestRequest(*WEEK))) == (1, 1, 2, 0)


def test_forty_real_files_land_by_configuration_and_the_same_again_writes_nothing(writer, folder, market_data: Path):
    span = (date(1999, 11, 1), date(2021, 4, 21))
    stocks = market_data / "equities_daily_adjusted"
    names = sorted(path.name.partition(".csv")[0] for path in stocks.glob("*.csv*"))[::13][:40]
    # the tests' own symbols: DT-AAPL is a link to AAPL's file
    for name in names:
        (found,) = stocks.glob(f"{name}.csv*")
        (folder / f"DT-{found.name}").symlink_to(found)
    configure(folder, *(f"DT-{name}" for name in names))
    report = ingest(writer, IngestRequest(*span))
    assert table(report).inserted > 150_000
    assert table(report).missing == ()
    again = ingest(writer, IngestRequest(*span))
    assert (again.changed, table(again).unchanged) == (False, table(report).inserted)
