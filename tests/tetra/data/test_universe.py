"""The universe file: the one shipped, and each way of getting it wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tetra.data.conftest import own_universe

from tetra.data.universe import load_universe
from tetra.errors import SettingsError


def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]) -> None:
    (tmp_path / "universe.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    load_universe()


def test_the_shipped_universe_is_valid_and_every_symbol_is_in_a_group():
    universe = load_universe()
    assert len(universe.instruments) == 31
    grouped = {symbol for members in universe.groups.values() for symbol in members}
    assert grouped == set(universe.instruments)


def test_indices_can_be_held_through_funds_and_vix_cannot():
    instruments = load_universe().instruments
    assert [symbol for symbol, item in instruments.items() if not item.is_tradable] == ["VIX"]
    assert instruments["SPX"].vendor_tickers == {"yahoo": "^GSPC"}


def test_an_instrument_knows_its_groups_and_its_calendar():
    universe = load_universe()
    assert universe.instruments["XOM"].groups == ("cyclical", "energy", "largest_stocks")
    assert universe.calendar_of("XOM") == "XNYS"


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
