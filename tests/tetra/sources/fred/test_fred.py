"""fredapi and the FRED source over HTTP, against a loopback server that answers as FRED documents."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
import yaml
from tests.tetra.sources.fred.asking import asked_for, rows
from tests.tetra.sources.fred.server import Series, Value, page, status

from tetra.data.records import check_macro
from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.settings import load_yaml
from tetra.sources.base import MacroRequest
from tetra.sources.registry import CLIENTS, Fetch, Registry


def test_each_revision_is_a_row_with_the_day_it_became_public(source):
    (batch,) = asked_for(source(), "GDP", start="2013-10-01", end="2014-01-01")
    assert (batch.series_id, batch.source, batch.rejected) == ("GDP", "fred", ())
    assert rows(batch) == [
        ("2013-10-01", "2014-01-30", 17102.5),
        ("2013-10-01", "2014-02-28", 17080.7),
        ("2013-10-01", "2014-03-27", 17089.6),
        ("2014-01-01", "2014-04-30", 17149.6),
        ("2014-01-01", "2014-05-29", 17101.3),
        ("2014-01-01", "2014-06-25", 17016.0),
    ]


def test_only_observations_in_the_days_asked_for_are_requested_and_given(source, server):
    (batch,) = asked_for(source(), "GDP", start="2014-01-01", end="2014-03-31")
    assert set(batch.observation_dates.astype(str)) == {"2014-01-01"}
    assert (server.asked[-1]["observation_start"], server.asked[-1]["observation_end"]) == ("2014-01-01", "2014-03-31")


def test_a_value_of_the_oldest_vintage_has_no_release_date_and_its_revision_has_one(source):
    (batch,) = asked_for(source(), "GDP", start="1991-01-01", end="1991-12-31")
    assert rows(batch) == [("1991-07-01", "NaT", 5709.2), ("1991-07-01", "1991-12-20", 5708.6)]


def test_a_daily_market_series_has_one_row_per_day_with_a_value(source):
    (batch,) = asked_for(source(), "DGS10", start="2019-12-24", end="2019-12-27")
    assert rows(batch) == [
        ("2019-12-24", "2019-12-26", 1.90),
        ("2019-12-26", "2019-12-27", 1.90),
        ("2019-12-27", "2019-12-30", 1.88),
    ]


def test_a_series_that_alfred_does_not_keep_comes_as_it_stands_without_release_dates(source):
    (batch,) = asked_for(source(), "SP500", start="2019-12-30", end="2019-12-30")
    assert rows(batch) == [("2019-12-30", "NaT", 3221.29)]


def test_an_empty_range_of_a_series_outside_alfred_gives_no_batch(source):
    with pytest.raises(SourceUnavailable, match="no observation of SP500"):
        asked_for(source(), "SP500", start="2015-01-01", end="2015-12-31")


@pytest.mark.parametrize("series_id", ["GDP", "DGS10"])
@pytest.mark.parametrize("vintages", [1, 2, 3, 5])
def test_no_row_depends_on_how_many_vintages_fit_a_request(source, server, series_id, vintages):
    (whole,) = asked_for(source(), series_id)
    requests = len(server.asked)
    server.most_vintages = vintages  # the server refuses a wider request, as FRED does beyond 2,000
    (in_pieces,) = asked_for(source(vintages_per_request=vintages), series_id)
    assert rows(in_pieces) == rows(whole)
    assert len(server.asked) - requests == 1 + -(-len(server.series[series_id].vintages) // vintages)


def test_vintages_of_long_before_the_days_asked_for_are_not_read(source, server):
    (batch,) = asked_for(source(), "DGS10", start="2019-12-27", end="2019-12-31")
    assert rows(batch) == [("2019-12-27", "2019-12-30", 1.88), ("2019-12-30", "2019-12-31", 1.90)]
    assert server.asked[-1]["realtime_start"] == "2019-12-26"  # the last one before; two of five are left out


def test_the_last_400_days_of_a_daily_series_are_two_requests_with_every_first_release_and_revision(source, server):
    # 25 years of days; of the last 400, every tenth value is revised a week after its release
    first, last = date(2000, 1, 3), date(2024, 12, 31)
    values = []
    for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1)):
        released = day + timedelta(days=1)
        if (last - day).days < 400 and day.toordinal() % 10 == 0:
            revised = released + timedelta(days=7)
            values.append(Value(f"{day}", "1.0", f"{released}", f"{revised - timedelta(days=1)}"))
            values.append(Value(f"{day}", "1.1", f"{revised}"))
        else:
            values.append(Value(f"{day}", "1.0", f"{released}"))
    server.series = {"DGS10": Series(values)}
    start = last - timedelta(days=399)
    (batch,) = asked_for(source(), "DGS10", start=f"{start}", end=f"{last}")
    wanted = [(value.observed, value.first_day, float(value.value)) for value in values if value.observed >= f"{start}"]
    assert len(wanted) == 440
    assert rows(batch) == sorted(wanted)
    assert len(server.asked) == 2


def test_a_request_that_spans_too_many_vintages_is_an_error_that_quotes_fred(source, server):
    server.most_vintages = 3
    with pytest.raises(SourceError, match=r"8 vintage dates .* exceeds the maximum"):
        asked_for(source(), "GDP")


def test_every_page_of_an_answer_is_read(source, server):
    (whole,) = asked_for(source(), "GDP")
    server.largest_page = 3
    (in_pages,) = asked_for(source(), "GDP")
    assert rows(in_pages) == rows(whole)
    assert [request["offset"] for request in server.asked if "offset" in request] == ["3", "6", "3", "6"]


def test_a_page_without_records_before_the_end_is_an_error(source, server):
    server.faults.append(page('<vintage_dates count="9" offset="0" limit="5"/>'))
    server.faults.append(page('<vintage_dates count="9" offset="0" limit="5"/>'))
    with pytest.raises(SourceError, match="0 of 9 records"):
        asked_for(source(), "GDP")


def test_an_empty_range_gives_no_batch_and_leaves_the_series_to_the_next_source(source):
    with pytest.raises(SourceUnavailable, match="no observation of GDP from 2015-01-01 to 2015-12-31"):
        asked_for(source(), "GDP", start="2015-01-01", end="2015-12-31")
    batches = asked_for(source(), "GDP", "DGS10", start="2019-12-01", end="2019-12-31")
    assert [batch.series_id for batch in batches] == ["DGS10"]


def test_an_unknown_series_is_left_to_the_next_source_and_the_others_are_served(source, caplog):
    batches = asked_for(source(), "NOSUCH", "GDP")
    assert [batch.series_id for batch in batches] == ["GDP"]
    assert "NOSUCH is left to other sources" in caplog.text


@pytest.mark.parametrize("code", [400, 404])
def test_nothing_but_unknown_series_is_unavailable_and_names_them(source, server, time, code):
    message = "Not Found.  The series does not exist." if code == 404 else "Bad Request.  The series does not exist."
    server.faults.append(status(code, message))
    with pytest.raises(SourceUnavailable, match="it does not know NOSUCH"):
        asked_for(source(), "NOSUCH")
    assert time.waits == []


@pytest.mark.parametrize(
    ("observed", "value", "reason"),
    [
        ("2014-01-01", "n/a", "value is not a number"),
        ("2014-01-01", "inf", "value is not a number"),
        ("2014-01-01", "", "value is not a number"),
        ("2014-01-32", "17149.6", "observation date is not a date"),
    ],
)
def test_a_bad_record_is_set_aside_with_its_reason_and_the_rest_goes_on(source, server, observed, value, reason):
    good = Value("2013-10-01", "17102.5", "2014-01-30")
    older = Value("2013-07-01", "16912.9", "2013-11-07")
    server.series = {"GDP": Series([older, good, Value(observed, value, "2014-04-30")])}
    (batch,) = asked_for(source(), "GDP", start="2013-10-01", end="2014-03-31")
    assert rows(batch) == [("2013-10-01", "2014-01-30", 17102.5)]
    (rejected,) = batch.rejected
    assert (rejected.key, rejected.source, rejected.reason) == (f"GDP|{observed}|2014-04-30", "fred", reason)
    assert rejected.record["value"] == value
    assert check_macro(batch).rejected == (rejected,)


def test_a_withdrawn_value_is_no_row_and_its_return_unchanged_is_none_either(source, server):
    server.series = {
        "GDP": Series(
            [
                Value("2013-07-01", "16912.9", "2013-11-07"),
                Value("2013-10-01", "17102.5", "2014-01-30", "2014-02-27"),
                Value("2013-10-01", ".", "2014-02-28", "2014-03-26"),
                Value("2013-10-01", "17102.5", "2014-03-27"),
            ]
        )
    }
    (batch,) = asked_for(source(), "GDP", start="2013-10-01", end="2013-12-31")
    assert rows(batch) == [("2013-10-01", "2014-01-30", 17102.5)]


def test_a_value_published_before_its_period_is_refused_by_landing_as_a_forecast(source, server):
    server.series = {
        "FEDTARMD": Series([Value("2015-01-01", "1.0", "2014-06-18"), Value("2016-01-01", "2.5", "2014-06-18")])
    }
    (batch,) = asked_for(source(), "FEDTARMD", start="2015-01-01", end="2016-12-31")
    checked = check_macro(batch)
    assert checked.kept.values.size == 0
    assert {rejected.reason for rejected in checked.rejected} == {"released before the period it describes"}


def test_all_rows_of_the_source_can_be_landed(source):
    for batch in asked_for(source(), "GDP", "DGS10", "SP500"):
        checked = check_macro(batch)
        assert checked.rejected == ()
        assert np.array_equal(checked.kept.values, batch.values)


@pytest.fixture
def registry(server, monkeypatch, tmp_path) -> Registry:
    """The shipped sources, with FRED asked for macro series before the sample."""
    content = load_yaml("sources.yaml")
    content["kinds"]["macro"]["sources"] = ["fred", "sample"]
    content["sources"]["fred"] = {
        "base_url": server.url,
        "timeout_seconds": 5,
        "retries": 0,
        "requests_per_minute": 120,
        "vintages_per_request": 2000,
    }
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))
    monkeypatch.setitem(CLIENTS, "fred", "tetra.sources.fred:FredSource")
    return Registry()


def test_what_fred_does_not_know_the_next_source_serves(registry):
    fetch = Fetch()
    wanted = MacroRequest(("GDP", "BAA", "NOSUCH"), date(2013, 10, 1), date(2013, 12, 31))
    batches = list(registry.macro(wanted, fetch))
    assert [(batch.series_id, batch.source) for batch in batches] == [("GDP", "fred"), ("BAA", "sample:arch.default")]
    assert fetch.missing == ["NOSUCH"]


def test_without_a_key_the_next_source_serves_and_the_report_says_why(registry, monkeypatch):
    monkeypatch.delenv("FRED_API_KEY")
    fetch = Fetch()
    (batch,) = registry.macro(MacroRequest(("BAA",), date(2013, 10, 1), date(2013, 12, 31)), fetch)
    assert batch.source == "sample:arch.default"
    assert "FRED_API_KEY" in fetch.passed_over[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("timeout_seconds", 0), ("retries", -1), ("requests_per_minute", 0), ("vintages_per_request", 0)],
)
def test_a_parameter_out_of_range_is_refused_by_name(source, name, value):
    with pytest.raises(SettingsError, match=rf"{name} \({value}\)"):
        source(**{name: value})


def test_fredapi_still_has_the_method_that_is_replaced():
    from fredapi import Fred

    assert hasattr(Fred, "_Fred__fetch_data"), "fredapi has changed: its fetch must be wrapped in another way"
