"""The sample source against facts about the real data it carries."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tetra.calendars import sessions_between
from tetra.data.universe import load_universe
from tetra.errors import DataError, SettingsError, SourceError, SourceUnavailable
from tetra.settings import load_yaml
from tetra.sources.base import BarBatch, BarRequest, MacroRequest
from tetra.sources.registry import Registry
from tetra.sources.sample import SampleSource

EVERYTHING = (date(1990, 1, 1), date(2022, 12, 28))


@pytest.fixture(scope="module")
def sample() -> SampleSource:
    client = Registry().client("sample")
    assert isinstance(client, SampleSource)
    return client


def bars_of(sample: SampleSource, *symbols: str, start: date, end: date) -> list[BarBatch]:
    return list(sample.bars(BarRequest({symbol: symbol for symbol in symbols}, start, end)))


@pytest.fixture(scope="module")
def everything(sample: SampleSource) -> list[BarBatch]:
    return bars_of(sample, *load_universe().instruments, start=EVERYTHING[0], end=EVERYTHING[1])


@pytest.fixture(scope="module")
def listed() -> set[str]:
    """The symbols that sources.yaml lists for the sample."""
    return set(load_yaml("sources.yaml")["sources"]["sample"]["bars"])


def test_every_symbol_listed_has_bars_and_is_in_the_universe(everything, listed):
    assert {batch.symbol for batch in everything} == listed
    assert listed <= set(load_universe().instruments)


def test_the_sample_holds_197797_bars(everything):
    # 20 stocks and SPX x 8,313, IXIC 5,031, VIX 1,259, 5 factor funds x 2,264, META 196, GOOGL 2,148, IBM 3,270
    assert sum(batch.sessions.size for batch in everything) == 21 * 8313 + 5031 + 1259 + 5 * 2264 + 196 + 2148 + 3270


def test_no_bar_is_missing_between_the_first_and_the_last_of_a_symbol(everything):
    for symbol in {batch.symbol for batch in everything}:
        held = np.sort(np.concatenate([batch.sessions for batch in everything if batch.symbol == symbol]))
        assert np.array_equal(held, sessions_between("XNYS", held[0].item(), held[-1].item())), symbol


def test_prices_are_those_of_the_packages(sample):
    (apple,) = bars_of(sample, "AAPL", start=date(2022, 12, 28), end=date(2022, 12, 28))
    assert (apple.close[0], apple.price_basis, apple.source) == (
        125.674,
        "total",
        "sample:skfolio.sp500_dataset",
    )
    (index,) = bars_of(sample, "SPX", start=date(2008, 10, 15), end=date(2008, 10, 15))
    assert index.close[0] == pytest.approx(907.84, abs=0.005)  # S&P 500 close of that day, as widely published


def test_fields_that_a_data_set_lacks_are_absent_not_invented(sample):
    (batch,) = bars_of(sample, "MSFT", start=date(2015, 6, 1), end=date(2015, 6, 5))
    for name in ("open", "high", "low", "volume"):
        assert np.isnan(getattr(batch, name)).all()


def test_the_index_takes_full_bars_where_there_are_any_and_closes_elsewhere(sample):
    batches = {batch.source: batch for batch in bars_of(sample, "SPX", start=EVERYTHING[0], end=EVERYTHING[1])}
    full, closes = batches["sample:arch.sp500"], batches["sample:skfolio.sp500_index"]
    assert (full.sessions.size, closes.sessions.size) == (5031, 8313 - 5031)
    assert not np.intersect1d(full.sessions, closes.sessions).size
    assert np.isfinite(full.open).all()
    assert np.isnan(closes.open).all()


def test_adjusted_bars_are_scaled_as_one(sample):
    # bokeh.stocks, IBM 2000-03-01: open 102, high 105.5, low 100.06, close 100.25, adjusted close 73.667719
    (batch,) = bars_of(sample, "IBM", start=date(2000, 3, 1), end=date(2000, 3, 1))
    assert batch.close[0] == pytest.approx(73.667718762847, rel=1e-12)
    assert batch.open[0] / batch.close[0] == pytest.approx(102.0 / 100.25, rel=1e-12)
    assert batch.low[0] <= batch.close[0] <= batch.high[0]


def test_renamed_companies_are_found_under_their_stable_key(sample):
    meta, google = bars_of(sample, "META", "GOOGL", start=date(2012, 5, 18), end=date(2012, 5, 18))
    assert meta.close[0] == pytest.approx(38.2318)  # first close of Facebook
    assert (meta.source, google.source) == ("sample:bokeh.stocks", "sample:bokeh.stocks")


def test_padding_of_holidays_is_no_record(sample):
    (vix,) = bars_of(sample, "VIX", start=date(2014, 1, 1), end=date(2014, 1, 31))
    assert np.datetime64("2014-01-20") not in vix.sessions  # Martin Luther King day, a row without a value
    assert np.isfinite(vix.close).all()


def test_macro_series_begin_and_end_where_the_packages_say(sample):
    request = MacroRequest(("DCOILWTICO", "CPILFESL", "AAA", "BAA"), date(1900, 1, 1), date(2022, 12, 28))
    found = {batch.series_id: batch for batch in sample.macro(request)}
    assert {name: batch.values.size for name, batch in found.items()} == {
        "DCOILWTICO": 8321,
        "CPILFESL": 743,
        "AAA": 1200,
        "BAA": 1200,
    }
    assert found["CPILFESL"].observation_dates[[0, -1]].tolist() == [date(1957, 1, 1), date(2018, 11, 1)]
    assert found["BAA"].values[-1] == 5.13
    assert np.isnat(found["AAA"].released_on).all()


def test_a_range_beyond_the_sample_is_refused_with_the_range_it_has(sample):
    with pytest.raises(SourceUnavailable, match="has bars from 1990-01-02 to 2022-12-28, asked for 2023-01-03"):
        bars_of(sample, "AAPL", start=date(2023, 1, 3), end=date(2023, 1, 3))
    with pytest.raises(SourceUnavailable, match="macro series from 1919-01-01 to 2019-01-03"):
        list(sample.macro(MacroRequest(("AAA",), date(2022, 12, 28), date(2022, 12, 28))))


def test_a_range_after_the_end_of_the_only_symbol_asked_for_is_refused(sample):
    with pytest.raises(SourceUnavailable, match="no bar of META"):
        bars_of(sample, "META", start=date(2020, 1, 2), end=date(2020, 1, 3))


def test_two_data_sets_on_different_levels_are_not_joined():
    source = SampleSource(bars={"SPX": ["arch.sp500", "arch.nasdaq"]}, macro={}, basis_tolerance=1e-6)
    with pytest.raises(DataError, match="differ by up to"):
        bars_of(source, "SPX", start=date(2010, 1, 4), end=date(2010, 1, 5))


def test_two_data_sets_on_different_bases_are_not_joined():
    source = SampleSource(
        bars={"X": ["skfolio.sp500_dataset/AAPL", "skfolio.sp500_index/SP500"]},
        macro={},
        basis_tolerance=1e-6,
    )
    with pytest.raises(DataError, match="are total and raw prices"):
        bars_of(source, "X", start=date(2010, 1, 4), end=date(2010, 1, 5))


def test_a_misspelt_data_set_is_named_with_the_nearest_one():
    with pytest.raises(SettingsError, match=r"unknown data set 'arch\.sp50'; did you mean 'arch\.sp500'"):
        SampleSource(bars={"SPX": ["arch.sp50"]}, macro={}, basis_tolerance=1e-6)


def test_a_column_that_a_data_set_lacks_is_an_error():
    source = SampleSource(bars={"X": ["skfolio.sp500_dataset/TSLA"]}, macro={}, basis_tolerance=1e-6)
    with pytest.raises(SourceError, match="has no column 'TSLA'"):
        bars_of(source, "X", start=date(2010, 1, 4), end=date(2010, 1, 5))


@pytest.mark.parametrize("tolerance", [-1e-6, "1e-6", True, float("nan")])
def test_a_tolerance_that_is_none_is_refused(tolerance):
    with pytest.raises(SettingsError, match="basis_tolerance must be a number of at least 0, found"):
        SampleSource(bars={}, macro={}, basis_tolerance=tolerance)
