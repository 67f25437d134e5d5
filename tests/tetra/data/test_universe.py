"""The universe file: the one shipped, and each way of getting it wrong."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tetra.data.conftest import own_universe

from tetra.data.universe import Universe, load_universe, synchronise
from tetra.errors import SettingsError
from tetra.settings import load_yaml


def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]) -> Universe:
    (tmp_path / "universe.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    return load_universe()


def test_the_shipped_universe_is_valid_and_every_symbol_is_in_a_group():
    universe = load_universe()
    assert len(universe.instruments) == 182
    grouped = {symbol for members in universe.groups.values() for symbol in members}
    assert grouped == set(universe.instruments)


@pytest.mark.parametrize(
    ("group", "at_least"),
    [
        ("largest_etfs", 30),
        ("largest_stocks", 30),
        ("sector_etfs", 11),
        ("quantum_computing", 5),
        ("reit_data_centres", 5),
        ("reit_warehouses", 5),
        ("fusion_and_nuclear", 5),
        ("energy", 5),
        ("growth_quantum", 3),
        ("growth_military", 5),
        ("growth_consumer", 5),
        ("growth_ai_infrastructure", 5),
        ("crypto", 10),
        ("benchmarks", 3),
    ],
)
def test_each_theme_has_its_group(group, at_least):
    assert len(load_universe().groups[group]) >= at_least


def test_the_meme_stocks_are_the_four_of_2021():
    assert load_universe().groups["meme"] == ("AMC", "BB", "GME", "NOK")


def test_what_the_sample_source_has_prices_of_is_in_the_universe():
    sampled = set(load_yaml("sources.yaml")["sources"]["sample"]["bars"])
    assert len(sampled) == 31
    assert sampled <= set(load_universe().instruments)


def test_indices_can_be_held_through_funds_and_vix_cannot():
    instruments = load_universe().instruments
    assert [symbol for symbol, item in instruments.items() if not item.is_tradable] == ["VIX"]
    assert instruments["SPX"].vendor_tickers["yahoo"] == "^GSPC"


def test_an_instrument_knows_its_groups_and_its_calendar():
    universe = load_universe()
    assert universe.instruments["XOM"].groups == ("cyclical", "energy", "largest_stocks")
    assert universe.calendar_of("XOM") == "XNYS"
    assert universe.calendar_of("BTC-USD") == "24/7"


def test_every_coin_has_the_ticker_of_every_vendor_that_calls_it_otherwise():
    universe = load_universe()
    coins = [item for item in universe.instruments.values() if item.asset_class == "crypto"]
    assert [item.symbol for item in coins if set(item.vendor_tickers) != {"binance", "coingecko", "polygon"}] == []
    assert sorted(item.symbol for item in coins) == list(universe.groups["crypto"])


def test_a_renamed_company_keeps_its_symbol_and_a_delisted_one_its_last_day():
    instruments = load_universe().instruments
    assert instruments["META"].former_tickers == ("FB",)
    assert instruments["TWTR"].delisted_on == date(2022, 10, 28)
    assert instruments["XOM"].delisted_on is None


def test_each_indicator_says_its_unit_and_all_frequencies_occur():
    indicators = load_universe().indicators
    assert len(indicators) >= 22
    assert {item.frequency for item in indicators.values()} == {"daily", "weekly", "monthly", "quarterly"}
    assert "sp500" in load_universe().indices


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (
            ("instruments", "DT-A", "asset_class"),
            "etff",
            "instruments.DT-A: unknown asset class 'etff'; did you mean 'etf'",
        ),
        (("instruments", "DT-A", "exchange"), "DT-Y", "unknown exchange 'DT-Y'; did you mean"),
        (("instruments", "DT-A", "sector"), "Energie", "unknown sector 'Energie'; did you mean 'Energy'"),
        (("instruments", "DT-A", "currency"), "dollar", "currency 'dollar' is not an ISO 4217 code"),
        (("instruments", "DT-A", "tradable"), "maybe", "tradable must be true or false, found 'maybe'"),
        (("instruments", "DT-A", "curency"), "USD", "unknown key 'curency'; did you mean 'currency'"),
        (("instruments", "DT-A", "asset_class"), "stock", "a stock needs a sector"),
        (("exchanges", "DT-X", "calendar"), "NYSEE", "unknown calendar 'NYSEE'; did you mean 'NYSE'"),
        (
            ("exchanges", "DT-X", "timezone"),
            "America/NewYork",
            "exchanges.DT-X: unknown time zone 'America/NewYork'; did you mean 'America/New_York'",
        ),
        (("exchanges", "DT-X", "timezone"), "zzz", "unknown time zone 'zzz' (names are those of the IANA database"),
        (("instruments", "DT-A", "name"), 3, "instruments.DT-A: name must be text, found 3"),
        (("instruments", "DT-A", "vendor_tickers"), {"yaho": "A"}, "unknown source 'yaho'; did you mean 'yahoo'"),
        (("instruments", "DT-A", "vendor_tickers"), {"yahoo": True}, "yahoo must be text, found True"),
        (("instruments", "DT-A", "vendor_tickers"), "A", "vendor_tickers: expected a mapping by name, found 'A'"),
        (("instruments", "DT-A", "delisted_on"), "soon", "delisted_on must be a day such as 2022-10-28, found 'soon'"),
        (("instruments", "DT-A", "delisted_on"), datetime(2022, 10, 28, 9), "delisted_on must be a day"),
        (("instruments", "DT-A", "former_tickers"), "FB", "former_tickers must be a list such as [A, B], found 'FB'"),
        (("instruments", "DT-A", "former_tickers"), [True], "a symbol is text"),
        (("instruments", "DT-A", "former_tickers"), ["DT-A"], "former_tickers holds 'DT-A' itself"),
        (("groups", "everything"), "DT-A", "groups.everything: it must be a list such as [A, B], found 'DT-A'"),
        (("groups", "everything"), [["DT-A"]], "groups.everything: unknown symbol"),
        (("groups", "Largest"), ["DT-A"], "groups.Largest: a name here is lower case"),
        (("groups",), None, "universe.yaml, groups: expected a mapping by name, found None"),
        (("indices",), {"DT-I": {"name": "An index"}}, "indices.DT-I: a name here is lower case"),
        (("indices",), {"dt_i": {"nam": "An index"}}, "indices.dt_i: unknown key 'nam'; did you mean 'name'"),
        (("indices",), {"everything": {"name": "An index"}}, "'everything' is a group and an index; rename one"),
        (
            ("groups", "everything"),
            ["DT-AB"],
            "groups.everything: unknown symbol 'DT-AB'; did you mean 'DT-A'",
        ),
        (
            ("indicators", "DT-RATE", "frequency"),
            "montly",
            "unknown frequency 'montly'; did you mean 'monthly'",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_nearest_valid_value(tmp_path, monkeypatch, place, value, message):
    content = own_universe("DT-A")
    block = content
    for key in place[:-1]:
        block = block[key]
    block[place[-1]] = value
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, monkeypatch, content)
    assert message in str(raised.value)


def test_a_missing_key_is_named(tmp_path, monkeypatch):
    content = own_universe("DT-A")
    del content["instruments"]["DT-A"]["currency"]
    with pytest.raises(SettingsError, match=r"instruments\.DT-A: key 'currency' is missing"):
        load(tmp_path, monkeypatch, content)


def test_a_symbol_that_yaml_reads_as_a_truth_value_is_caught(tmp_path, monkeypatch):
    content = own_universe("DT-A")
    content["instruments"][True] = content["instruments"]["DT-A"]  # ON Semiconductor, unquoted
    with pytest.raises(SettingsError, match=r"instruments\.True: a symbol is text"):
        load(tmp_path, monkeypatch, content)


def test_two_instruments_with_one_ticker_of_a_source_are_refused(tmp_path, monkeypatch):
    content = own_universe("DT-A", "DT-B")
    content["instruments"]["DT-A"]["vendor_tickers"] = {"yahoo": "DTA"}
    content["instruments"]["DT-B"]["vendor_tickers"] = {"yahoo": "DTA", "polygon": "DTA"}
    with pytest.raises(SettingsError, match="'DTA' is the ticker of source 'yahoo' of both DT-A and DT-B"):
        load(tmp_path, monkeypatch, content)


def test_a_ticker_that_is_another_instruments_symbol_is_refused_where_the_source_has_no_other_for_that_one(
    tmp_path, monkeypatch
):
    content = own_universe("DT-A", "DT-B")
    content["instruments"]["DT-B"]["vendor_tickers"] = {"yahoo": "DT-A"}
    with pytest.raises(SettingsError, match="'DT-A' is the ticker of source 'yahoo' of both DT-A and DT-B"):
        load(tmp_path, monkeypatch, content)
    content["instruments"]["DT-A"]["vendor_tickers"] = {"yahoo": "DTA"}
    assert load(tmp_path, monkeypatch, content).instruments["DT-B"].vendor_tickers == {"yahoo": "DT-A"}


def test_a_ticker_that_two_instruments_had_before_is_refused(tmp_path, monkeypatch):
    content = own_universe("DT-A", "DT-B")
    for symbol in ("DT-A", "DT-B"):
        content["instruments"][symbol]["former_tickers"] = ["DT-OLD"]
    with pytest.raises(SettingsError, match="'DT-OLD' is the former ticker of both DT-A and DT-B"):
        load(tmp_path, monkeypatch, content)


@pytest.mark.postgres
def test_the_tables_follow_the_file_and_what_it_names_no_more_becomes_inactive(writer, tmp_path, monkeypatch):
    content = own_universe("DT-A", "DT-B")
    synchronise(writer, load(tmp_path, monkeypatch, content))
    assert synchronise(writer, load_universe()) == 0
    content["instruments"]["DT-A"] |= {
        "delisted_on": date(2022, 10, 28),
        "former_tickers": ["DT-OLD"],
        "name": "Renamed",
    }
    del content["instruments"]["DT-B"]
    content["groups"] = {"everything": ["DT-A"]}
    assert synchronise(writer, load(tmp_path, monkeypatch, content)) == 2
    rows = writer.execute(
        "select symbol, name, delisted_on, former_tickers, is_active from market_data.instruments "
        "where symbol like 'DT-%' order by symbol"
    ).fetchall()
    assert rows == [
        ("DT-A", "Renamed", date(2022, 10, 28), ["DT-OLD"], True),
        ("DT-B", "DT-B", None, [], False),
    ]


@pytest.mark.postgres
def test_the_shipped_universe_is_written_once(writer):
    universe = load_universe()
    writer.execute("select 1")  # one transaction around all of it, which the fixture rolls back
    synchronise(writer, universe)
    assert synchronise(writer, universe) == 0
    held = writer.execute(
        "select count(*) from market_data.instruments where symbol = any(%s)", [[*universe.instruments]]
    )
    assert held.fetchone() == (182,)
