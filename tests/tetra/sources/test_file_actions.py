"""Corporate actions from files of their own: listed ones, and those that Lean's factor files imply."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.settings import load_yaml
from tetra.sources.base import ActionBatch, BarRequest
from tetra.sources.files import FilesSource

YEARS = (date(1990, 1, 1), date(2030, 1, 1))
LAYOUTS: dict[str, Any] = {
    **load_yaml("sources.yaml")["sources"]["files"]["layouts"],
    "listed": {"columns": {"date": "ex_date", "dividend": "dividend", "split": "split"}},
}
# around AAPL's 7 for 1 of 2014-06-09 (a Monday): its dividends of 3.29 before and 0.47 after, one made up in 2013
AAPL = (
    "20130807,0.8759131,0.0357143,464.98\n"
    "20140507,0.8942105,0.0357143,592.33\n"
    "20140606,0.8992050,0.0357143,645.57\n"
    "20140806,0.8992050,0.2500000,94.96\n"
    "20501231,0.9037000,0.2500000,0\n"
)


def source(folder: Path, layout: str = "lean_factors", **more: Any) -> FilesSource:
    block = {"path": f"{folder}/{{symbol_lower}}.csv", "layout": layout}
    return FilesSource(layouts=LAYOUTS, actions={"mine": block}, **more)


def actions(client: FilesSource, symbol: str = "AAPL", span: tuple[date, date] = YEARS) -> ActionBatch:
    (batch,) = client.actions(BarRequest({symbol: symbol}, *span))
    return batch


def listed(batch: ActionBatch) -> list[tuple[str, str, float]]:
    return list(zip(batch.action_types, batch.ex_dates.astype(str).tolist(), batch.values.tolist(), strict=True))


def test_factors_tell_splits_and_dividends_on_the_session_after_their_row(tmp_path: Path):
    (tmp_path / "aapl.csv").write_text(AAPL)
    batch = actions(source(tmp_path))
    split, *dividends = listed(batch)
    assert split == ("split", "2014-06-09", 7.0)
    assert [day for _, day, _ in dividends] == ["2013-08-08", "2014-05-08", "2014-08-07"]
    # 592.33 * (1 - 0.8942105 / 0.8992050) = 3.29; 94.96 * (1 - 0.8992050 / 0.9037000) = 0.4723
    assert [value for _, _, value in dividends[1:]] == pytest.approx([3.29, 0.4723], abs=1e-4)
    assert batch.source == "files:mine"


def test_only_the_actions_of_the_range_are_given(tmp_path: Path):
    (tmp_path / "aapl.csv").write_text(AAPL)
    day = date(2014, 6, 9)
    assert listed(actions(source(tmp_path), span=(day, day))) == [("split", "2014-06-09", 7.0)]


def test_a_dividend_on_the_day_of_a_split_is_told_in_new_shares(tmp_path: Path):
    # 1 of 100 for an old share of which there are now two: 0.5 for each
    (tmp_path / "aapl.csv").write_text("20200102,0.99,0.5,100\n20501231,1,1,0\n")
    assert listed(actions(source(tmp_path))) == [("split", "2020-01-03", 2.0), ("dividend", "2020-01-03", 0.5)]


def test_a_symbol_without_changes_is_known_to_have_no_actions(tmp_path: Path):
    (tmp_path / "fb.csv").write_text("20120518,1,1,1\n20501231,1,1,0\n")
    assert listed(actions(source(tmp_path), "FB")) == []


@pytest.mark.parametrize("row", ["20140507,x,0.0357143,592.33", "20140507,0,1,592.33", "20140507,inf,1,592.33"])
def test_a_chain_of_factors_with_a_bad_link_is_refused_whole(tmp_path: Path, row: str):
    (tmp_path / "aapl.csv").write_text(AAPL.replace("20140507,0.8942105,0.0357143,592.33", row))
    with pytest.raises(SourceError, match=r"aapl.csv: the factors of 2014-05-07 are not numbers above 0"):
        actions(source(tmp_path))


def test_dividends_of_one_day_are_added_up_and_splits_multiplied(tmp_path: Path):
    (tmp_path / "gm.csv").write_text(
        "ex_date,dividend,split\n2020-01-02,0.5,\n2020-01-02,1.25,\n2020-02-03,,2\n2020-02-03,,3\n2020-03-03,x,\n"
    )
    batch = actions(source(tmp_path, "listed"), "GM")
    assert listed(batch) == [("split", "2020-02-03", 6.0), ("dividend", "2020-01-02", 1.75)]
    assert [record.key for record in batch.rejected] == ["GM|action|2020-03-03"]


def test_bars_without_actions_are_completed_by_files_of_actions(tmp_path: Path):
    (tmp_path / "aapl.csv").write_text(AAPL)
    (tmp_path / "AAPL.txt").write_text("Date,Price\n2014-06-06,645.57\n2014-06-09,93.7\n")
    bars = {"prices": {"path": f"{tmp_path}/{{symbol}}.txt", "layout": "date_price"}}
    client = source(tmp_path, bars=bars)
    request = BarRequest({"AAPL": "AAPL"}, *YEARS)
    (batch,) = client.bars(request)
    assert batch.close.tolist() == [645.57, 93.7]
    assert listed(actions(client))[0] == ("split", "2014-06-09", 7.0)


def test_symbols_without_a_file_of_actions_are_left_to_the_next_source(tmp_path: Path):
    with pytest.raises(SourceUnavailable, match="no corporate action of AAPL"):
        list(source(tmp_path).actions(BarRequest({"AAPL": "AAPL"}, *YEARS)))


def test_factors_without_their_reference_are_refused():
    layout = {"columns": {"date": "d", "price_factor": "p", "split_factor": "s"}}
    with pytest.raises(SettingsError, match="factors need columns for date, price_factor, split_factor, reference"):
        FilesSource(layouts={"own": layout}, actions={"mine": {"path": "a/{symbol}.csv", "layout": "own"}})


def test_real_factor_files_agree_with_what_is_known_of_the_dividends(market_data: Path):
    client = source(market_data / "lean/equity/usa/factor_files")
    spy = listed(actions(client, "SPY"))
    published = {"2019-12-20": 1.570, "2020-03-20": 1.406, "2020-06-19": 1.366, "2020-12-18": 1.580}  # Yahoo's
    assert {day: value for _, day, value in spy if day in published} == pytest.approx(published, abs=1e-3)
    aapl = listed(actions(client, "AAPL"))
    assert [one for one in aapl if one[0] == "split"] == [
        ("split", "2000-06-21", 2.0),
        ("split", "2005-02-28", 2.0),
        ("split", "2014-06-09", 7.0),
        ("split", "2020-08-31", 4.0),
    ]


def test_real_factor_files_agree_with_another_vendor(market_data: Path):
    factors = source(market_data / "lean/equity/usa/factor_files")
    block = {"path": f"{market_data}/equities_daily_adjusted/{{symbol}}.csv.xz", "layout": "alpha_vantage"}
    vendor = FilesSource(layouts=LAYOUTS, bars={"mine": block})
    span = (date(2012, 1, 1), date(2021, 3, 30))
    for symbol in ("AAPL", "IBM", "NWSA"):
        ours, theirs = listed(actions(factors, symbol, span)), listed(actions(vendor, symbol, span))
        assert [one[:2] for one in ours] == [one[:2] for one in theirs]
        assert [one[2] for one in ours] == pytest.approx([one[2] for one in theirs], abs=2e-4)
