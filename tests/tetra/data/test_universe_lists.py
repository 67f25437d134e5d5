"""Lists of instruments from tables of a user's own, and each way of getting one wrong."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
import yaml
from tests.tetra.data.conftest import own_universe

from tetra.data.universe import Universe, load_universe
from tetra.errors import SettingsError

TABLE = """Symbol,Security,GICS Sector,Founded
MMM,3M,Industrials,1902
BRK.B,Berkshire Hathaway,Financials,1839
DT-A,Another name,Energy,
MMM,3M once more,Materials,1902

ABT,"Abbott, Laboratories",,1888
"""

Load = Callable[..., Universe]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load a universe of DT-A and one list over a table: ``load(table, columns=..., path=..., ...)``."""
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))

    def made(table: str = TABLE, *, more: dict[str, Any] | None = None, **changed: Any) -> Universe:
        (tmp_path / "list.csv").write_text(table)
        block = {
            "path": str(tmp_path / "list.csv"),
            "columns": {"symbol": "Symbol", "name": "Security", "sector": "GICS Sector"},
            "asset_class": "stock",
            "exchange": "DT-X",
            "currency": "USD",
            "groups": ["mine", "everything"],
        } | changed
        content = own_universe("DT-A")
        content["instrument_lists"] = {"mine": block} | (more or {})
        (tmp_path / "universe.yaml").write_text(yaml.safe_dump(content))
        return load_universe()

    return made


def test_each_row_of_a_list_is_an_instrument(load):
    universe = load()
    assert list(universe.instruments) == ["DT-A", "MMM", "BRK.B", "ABT"]
    abbott = universe.instruments["ABT"]
    assert (abbott.name, abbott.asset_class, abbott.exchange) == ("Abbott, Laboratories", "stock", "DT-X")
    assert (abbott.currency, abbott.is_tradable, universe.calendar_of("ABT")) == ("USD", True, "XNYS")


def test_a_sector_the_list_does_not_say_is_none_and_not_invented(load):
    instruments = load().instruments
    assert (instruments["MMM"].sector, instruments["ABT"].sector) == ("Industrials", None)
    without = load(columns={"symbol": "Symbol"}).instruments["MMM"]
    assert (without.sector, without.name) == (None, "MMM")


def test_what_the_file_names_wins_over_a_list_and_the_first_row_over_a_second(load):
    instruments = load().instruments
    assert (instruments["DT-A"].name, instruments["DT-A"].asset_class) == ("DT-A", "etf")
    assert instruments["MMM"].name == "3M"


def test_an_earlier_list_wins_over_a_later_one(load, tmp_path):
    (tmp_path / "other.csv").write_text("ticker\nMMM\nDT-Z\n")
    other = {
        "path": str(tmp_path / "other.csv"),
        "columns": {"symbol": "ticker"},
        "asset_class": "etf",
        "exchange": "DT-X",
        "currency": "USD",
    }
    instruments = load(more={"other": other}).instruments
    assert (instruments["MMM"].asset_class, instruments["DT-Z"].asset_class) == ("stock", "etf")


def test_all_rows_of_a_list_are_in_its_groups_new_ones_or_old(load):
    universe = load()
    assert universe.groups == {"everything": ("ABT", "BRK.B", "DT-A", "MMM"), "mine": ("ABT", "BRK.B", "DT-A", "MMM")}
    assert universe.instruments["DT-A"].groups == ("everything", "mine")


def test_a_group_of_the_file_may_name_what_only_a_list_has(load, tmp_path):
    load()
    content = yaml.safe_load((tmp_path / "universe.yaml").read_text())
    content["groups"]["diversified"] = ["MMM"]
    (tmp_path / "universe.yaml").write_text(yaml.safe_dump(content))
    assert load_universe().groups["diversified"] == ("MMM",)


@pytest.mark.parametrize(("ending", "compress"), [("xz", lzma.compress), ("gz", gzip.compress)])
def test_a_list_may_be_compressed(load, tmp_path, ending, compress):
    path = tmp_path / f"list.csv.{ending}"
    path.write_bytes(compress(TABLE.encode()))
    assert "ABT" in load("", path=str(path)).instruments


def test_a_list_may_lie_at_a_url(load):
    with fsspec.open("memory://lists/constituents.csv", "w") as file:
        file.write("\ufeff" + TABLE)  # spreadsheets begin with a byte-order mark
    assert "ABT" in load("", path="memory://lists/constituents.csv").instruments


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.replace("ABT", "abt"), r"list\.csv, line 7, 'abt': a symbol is text of A-Z"),
        (TABLE.replace("ABT", ""), r"line 7, '': a symbol is text of A-Z"),
        (TABLE.replace("Financials", "Finance"), r"line 3: unknown sector 'Finance'; did you mean 'Financials'"),
        (TABLE.replace("Energy,", "Energy"), r"line 4 has 3 fields, the header 4"),
        (TABLE.replace("Security", "Name"), r"columns\.name: unknown column 'Security'"),
        ("Symbol,Security,GICS Sector\n", r"has no row below its header"),
        ("", r"unknown column 'Security'; valid: none"),
    ],
)
def test_a_mistake_in_a_table_is_named_with_its_line_and_value(load, table, message):
    with pytest.raises(SettingsError, match=message):
        load(table)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("exchange", "DT-Y", "instrument_lists.mine: unknown exchange 'DT-Y'; did you mean 'DT-X'"),
        ("asset_class", "stok", "unknown asset class 'stok'; did you mean 'stock'"),
        ("currency", "dollar", "currency 'dollar' is not an ISO 4217 code"),
        ("columns", {"name": "Security"}, "columns: key 'symbol' is missing"),
        ("columns", {"symbol": "Symbol", "setor": "GICS Sector"}, "unknown key 'setor'; did you mean 'sector'"),
        ("groups", "mine", "groups must be a list"),
        ("groups", ["My Stocks"], "groups.My Stocks: a name here is lower case"),
        ("path", "nowhere/list.csv", "nowhere/list.csv cannot be read"),
        ("path", "nowhere://list.csv", "nowhere://list.csv cannot be read"),
        ("pth", "list.csv", "unknown key 'pth'; did you mean 'path'"),
    ],
)
def test_a_mistake_in_the_entry_of_a_list_is_named(load, key, value, message):
    with pytest.raises(SettingsError) as raised:
        load(**{key: value})
    assert message in str(raised.value)


def test_a_list_that_was_cut_off_on_its_way_is_refused(load, tmp_path):
    path = tmp_path / "list.csv.xz"
    path.write_bytes(lzma.compress(TABLE.encode())[:-20])
    with pytest.raises(SettingsError, match="is cut off or damaged"):
        load("", path=str(path))


def test_the_real_list_of_index_constituents_loads_by_configuration_alone(load, market_data):
    universe = load("", path=str(market_data / "membership" / "sp500_constituents.csv"), groups=["mine"])
    assert len(universe.groups["mine"]) == len(universe.instruments) - 1 > 490
    assert universe.instruments["BRK.B"].sector == "Financials"
    assert all(universe.instruments[symbol].sector for symbol in universe.groups["mine"])
