"""Who was in an index on a day, who of them has no prices, and what the names of a run mean."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tetra.data.conftest import own_universe

from tetra.data.membership import Member, expand_symbols, members_on, members_without_prices
from tetra.data.universe import Universe, load_universe, synchronise
from tetra.errors import DataError

pytestmark = pytest.mark.postgres

# ticker, symbol, first day in, first day out, sessions with bars
SPELLS: list[tuple[str, str | None, str, str | None, tuple[str, ...]]] = [
    ("DT-A", "DT-A", "2010-01-04", None, ("2009-12-31", "2020-06-30")),  # all the time
    ("DT-B", "DT-B", "2010-01-04", "2015-06-01", ("2010-01-04", "2015-05-29")),  # left, and came back
    ("DT-B", "DT-B", "2018-03-19", None, ()),
    ("DT-C", "DT-C", "2010-01-04", None, ("2017-01-03", "2020-06-30")),  # its prices begin late
    ("DT-GONE", None, "2010-01-04", "2016-02-01", ()),  # no instrument
    ("DT-E", "DT-E", "2010-01-04", None, ()),  # an instrument without a bar
]


@pytest.fixture
def universe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Universe:
    content = own_universe("DT-A", "DT-B", "DT-C", "DT-E", "DT-F")
    content["groups"] = {"everything": ["DT-A", "DT-B", "DT-C", "DT-E"], "pair": ["DT-A", "DT-C"]}
    content["indices"] = {"dt_index": {"name": "An index"}, "dt_empty": {"name": "Another"}}
    (tmp_path / "universe.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    return load_universe()


@pytest.fixture
def index(writer: Any, owner_connection: Any, universe: Universe) -> Iterator[Any]:
    """The writer's connection, with the spells and bars above."""
    synchronise(writer, universe)
    with writer.transaction(), writer.cursor() as cursor:
        for ticker, symbol, first, last, sessions in SPELLS:
            cursor.execute(
                "insert into market_data.index_membership (index_name, ticker, symbol, valid_from, valid_to, source) "
                "values ('dt_index', %s, %s, %s, %s, 'test')",
                [ticker, symbol, first, last],
            )
            cursor.executemany(
                "insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source) "
                "values (%s, '1d', %s::timestamp at time zone 'UTC', 1.0, 'raw', 'test')",
                [(symbol, session) for session in sessions],
            )
    try:
        yield writer
    finally:
        writer.rollback()
        owner_connection.execute("delete from market_data.index_membership where index_name like 'dt_%'")
        owner_connection.commit()


def tickers(members: tuple[Member, ...]) -> list[str]:
    return [member.ticker for member in members]


def test_members_are_those_of_the_day_and_not_of_today(index):
    assert tickers(members_on(index, "dt_index", date(2012, 1, 3))) == ["DT-A", "DT-B", "DT-C", "DT-E", "DT-GONE"]
    assert tickers(members_on(index, "dt_index", date(2017, 1, 3))) == ["DT-A", "DT-C", "DT-E"]
    assert tickers(members_on(index, "dt_index", date(2019, 1, 3))) == ["DT-A", "DT-B", "DT-C", "DT-E"]


def test_the_first_day_of_a_spell_is_in_it_and_its_end_is_not(index):
    assert "DT-B" in tickers(members_on(index, "dt_index", date(2015, 5, 31)))
    assert "DT-B" not in tickers(members_on(index, "dt_index", date(2015, 6, 1)))
    assert members_on(index, "dt_index", date(2010, 1, 3)) == ()
    assert "DT-B" in tickers(members_on(index, "dt_index", date(2010, 1, 4)))


def test_a_member_says_from_when_to_when_it_has_bars(index):
    members = {member.ticker: member for member in members_on(index, "dt_index", date(2012, 1, 3))}
    assert members["DT-B"] == Member("DT-B", "DT-B", date(2010, 1, 4), date(2015, 5, 29))
    assert members["DT-E"] == Member("DT-E", "DT-E", None, None)
    assert members["DT-GONE"] == Member("DT-GONE", None, None, None)


def test_members_without_prices_are_listed_whatever_the_reason(index):
    missing = members_without_prices(index, "dt_index", date(2012, 1, 3))
    assert tickers(missing) == ["DT-C", "DT-E", "DT-GONE"]  # begins in 2017, has no bar, is no instrument
    # DT-B came back in 2018; its bars ended in 2015
    assert tickers(members_without_prices(index, "dt_index", date(2019, 1, 3))) == ["DT-B", "DT-E"]


def test_on_a_closed_day_the_session_before_counts(index):
    # Saturday and Sunday after the last bar of DT-B, which is still a member then
    assert "DT-B" not in tickers(members_without_prices(index, "dt_index", date(2015, 5, 31)))


def test_an_index_without_landed_membership_is_an_error_and_not_an_empty_list(index):
    with pytest.raises(DataError, match="no membership of index 'dt_empty' on 2012-01-03 is landed"):
        members_without_prices(index, "dt_empty", date(2012, 1, 3))
    with pytest.raises(DataError, match="no membership of index 'dt_index' on 2009-12-31"):
        members_without_prices(index, "dt_index", date(2009, 12, 31))


@pytest.mark.parametrize(
    ("names", "expanded"),
    [
        (("DT-B",), (("DT-B",), ())),
        (("DT-RATE",), ((), ("DT-RATE",))),
        (("pair",), (("DT-A", "DT-C"), ())),
        (("DT-RATE", "DT-F", "pair", "DT-A"), (("DT-A", "DT-C", "DT-F"), ("DT-RATE",))),
        (("dt_index",), (("DT-A", "DT-C", "DT-E"), ())),
        (("dt_index", "DT-F"), (("DT-A", "DT-C", "DT-E", "DT-F"), ())),
        ((), ((), ())),
    ],
)
def test_names_stand_for_instruments_series_groups_and_members_of_the_day(index, universe, names, expanded):
    assert expand_symbols(index, universe, names, date(2017, 1, 3)) == expanded


def test_a_member_that_the_universe_names_no_more_is_left_out(index, universe, tmp_path):
    content = yaml.safe_load((tmp_path / "universe.yaml").read_text())
    del content["instruments"]["DT-E"]
    content["groups"] = {}
    (tmp_path / "universe.yaml").write_text(yaml.safe_dump(content))
    assert expand_symbols(index, load_universe(), ["dt_index"], date(2017, 1, 3)) == (("DT-A", "DT-C"), ())


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("DT-AA", "DT-A"), ("DT-RATES", "DT-RATE"), ("everythin", "everything"), ("dt_indx", "dt_index")],
)
def test_an_unknown_name_is_an_error_that_offers_the_nearest_of_all_kinds(index, universe, name, nearest):
    with pytest.raises(DataError, match=rf"unknown symbol, series, group or index '{name}'; did you mean '{nearest}'"):
        expand_symbols(index, universe, ["DT-A", name], date(2017, 1, 3))


def test_an_index_is_not_expanded_to_nothing(index, universe):
    with pytest.raises(DataError, match="no membership of index 'dt_empty' on 2017-01-03"):
        expand_symbols(index, universe, ["dt_empty"], date(2017, 1, 3))


def test_the_real_index_of_2008_has_500_members_and_shows_those_that_are_gone(index, market_data):
    with (market_data / "membership" / "sp500_ticker_start_end.csv").open(newline="") as file:
        spells = [(row["ticker"], row["start_date"], row["end_date"] or None) for row in csv.DictReader(file)]
    with index.transaction(), index.cursor() as cursor:
        cursor.executemany(
            "insert into market_data.index_membership (index_name, ticker, valid_from, valid_to, source) "
            "values ('dt_sp500', %s, %s, %s, 'test')",
            spells,
        )
    members = members_on(index, "dt_sp500", date(2008, 6, 30))
    assert 490 <= len(members) <= 510  # 497: the file misses a few
    assert {"LEHMQ", "WB", "AAPL"} <= set(tickers(members))
    assert "LEHMQ" not in tickers(members_on(index, "dt_sp500", date(2009, 6, 30)))
    assert {"LEHMQ", "WB"} <= set(tickers(members_without_prices(index, "dt_sp500", date(2008, 6, 30))))
