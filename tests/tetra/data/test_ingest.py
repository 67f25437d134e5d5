"""Landing in a real database: what is written, what is left alone, what is set aside."""

from __future__ import annotations

import threading
from datetime import date

import psycopg
import pytest

from tetra.data.ingest import IngestReport, IngestRequest, TableReport, ingest
from tetra.errors import DataError, SettingsError, SourceError, SourceUnavailable

pytestmark = pytest.mark.postgres

WEEK = (date(2015, 6, 1), date(2015, 6, 5))
MONDAY = ["2015-06-01", 10.0, 11.0, 9.0, 10.5, 1000.0]
TUESDAY = ["2015-06-02", 10.5, 12.0, 10.0, 11.0, 2000.0]
FACEBOOK = {"bars": {"DT-A": ["bokeh.stocks/FB"]}, "macro": {}, "basis_tolerance": 1e-6}


def table(report: IngestReport, name: str = "market_data.ohlcv") -> TableReport:
    return next(entry for entry in report.tables if entry.table == name)


def counts(report: IngestReport, name: str = "market_data.ohlcv") -> tuple[int, int, int, int]:
    found = table(report, name)
    return found.inserted, found.updated, found.unchanged, found.rejected


def select(connection: psycopg.Connection, query: str) -> list[tuple]:
    rows = connection.execute(query).fetchall()
    connection.commit()
    return rows


def bars_held(connection: psycopg.Connection) -> list[tuple]:
    return select(
        connection,
        "select symbol, (ts at time zone 'UTC')::date::text, open, high, low, close, volume, price_basis, source"
        " from market_data.ohlcv where symbol like 'DT-%' order by symbol, ts",
    )


def test_bars_are_landed_as_the_source_gave_them(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY, ["2015-06-02", None, None, None, 11.0, None]]})
    report = ingest(writer, IngestRequest(*WEEK))
    assert counts(report) == (2, 0, 0, 0)
    assert report.sessions == 5
    assert bars_held(writer) == [
        ("DT-A", "2015-06-01", 10.0, 11.0, 9.0, 10.5, 1000.0, "raw", "scripted:rows"),
        ("DT-A", "2015-06-02", None, None, None, 11.0, None, "raw", "scripted:rows"),
    ]


def test_the_same_again_writes_nothing(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY, TUESDAY]}, macro={"DT-RATE": [["2015-06-01", 5.0]]})
    versions = "select symbol, ts, xmin::text, ingested_at from market_data.ohlcv where symbol like 'DT-%'"
    first = ingest(writer, IngestRequest(*WEEK))
    before = select(writer, versions)
    second = ingest(writer, IngestRequest(*WEEK))
    assert (first.changed, second.changed, second.records) == (True, False, 0)
    assert counts(second) == (0, 0, 2, 0)
    assert counts(second, "economic_data.releases") == (0, 0, 1, 0)
    assert select(writer, versions) == before


@pytest.mark.parametrize(
    "revised",
    [
        pytest.param(["2015-06-02", 10.5, 12.0, 10.0, 11.000000000000002, 2000.0], id="last bit of a price"),
        pytest.param(["2015-06-02", None, 12.0, 10.0, 11.0, 2000.0], id="value that is gone"),
    ],
)
def test_a_revised_bar_is_updated_and_only_that(writer, configure, revised):
    configure("DT-A", bars={"DT-A": [MONDAY, TUESDAY]})
    ingest(writer, IngestRequest(*WEEK))
    configure("DT-A", bars={"DT-A": [MONDAY, revised]})
    report = ingest(writer, IngestRequest(*WEEK))
    assert counts(report) == (0, 1, 1, 0)
    assert list(bars_held(writer)[1][2:7]) == revised[1:]


def test_a_bad_record_is_set_aside_and_the_rest_goes_on(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY, ["2015-06-02", 10.0, 9.0, 11.0, 10.0, 5.0]]})
    report = ingest(writer, IngestRequest(*WEEK))
    assert counts(report) == (1, 0, 0, 1)
    query = "select record_key, source, reason, record ->> 'high' from quality.rejected_records"
    assert select(writer, f"{query} where record_key like 'DT-%'") == [
        ("DT-A|1d|2015-06-02", "scripted:rows", "low is above high", "9.0")
    ]


def test_a_record_put_right_by_its_source_is_set_aside_no_more(writer, configure):
    configure("DT-A", bars={"DT-A": [["2015-06-01", 10.0, 9.0, 11.0, 10.0, 5.0]]})
    ingest(writer, IngestRequest(*WEEK))
    configure("DT-A", bars={"DT-A": [MONDAY]})
    ingest(writer, IngestRequest(*WEEK))
    assert select(writer, "select 1 from quality.rejected_records where record_key like 'DT-%'") == []
    assert len(bars_held(writer)) == 1


def test_a_set_aside_record_seen_again_is_not_written_again(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY, [*MONDAY[:4], 10.6, 1.0]]})
    query = "select record_key, rejected_at from quality.rejected_records where record_key like 'DT-%'"
    ingest(writer, IngestRequest(*WEEK))
    first = select(writer, query)
    ingest(writer, IngestRequest(*WEEK))
    assert select(writer, query) == first
    assert [key for key, _ in first] == ["DT-A|1d|2015-06-01#2"]


def test_a_source_that_breaks_midway_leaves_the_table_as_it_was(writer, configure):
    configure("DT-A", "DT-B", bars={"DT-A": [MONDAY]})
    ingest(writer, IngestRequest(*WEEK))
    before = bars_held(writer)
    revised = [*MONDAY[:4], 10.75, 1.0]
    configure("DT-A", "DT-B", bars={"DT-A": [revised, TUESDAY]}, breaks_before="DT-B")
    with pytest.raises(SourceError, match="DT-B broke"):
        ingest(writer, IngestRequest(*WEEK))
    assert bars_held(writer) == before
    configure("DT-A", "DT-B", bars={"DT-A": [MONDAY, TUESDAY]})
    assert counts(ingest(writer, IngestRequest(*WEEK))) == (1, 0, 1, 0)  # on the same connection


def test_a_run_cut_off_before_it_commits_leaves_the_table_as_it_was(writer, warehouse, configure):
    configure("DT-A", bars={"DT-A": [MONDAY]})
    ingest(writer, IngestRequest(*WEEK))
    before = bars_held(writer)
    configure("DT-A", bars={"DT-A": [MONDAY, TUESDAY]})
    raised: list[BaseException] = []
    victim = psycopg.connect(warehouse.url("writer"))

    def run() -> None:
        try:
            ingest(victim, IngestRequest(*WEEK))
        except psycopg.Error as error:
            raised.append(error)

    with psycopg.connect(warehouse.url("writer")) as holder:
        holder.execute("select pg_advisory_xact_lock(hashtextextended('market_data.ohlcv', 0))")
        thread = threading.Thread(target=run)
        thread.start()
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted and pid = %s"
        while holder.execute(waiting, [victim.info.backend_pid]).fetchone() == (0,):
            assert thread.is_alive()
        holder.execute("select pg_terminate_backend(%s)", [victim.info.backend_pid])
        thread.join()
    victim.close()
    assert isinstance(raised[0], psycopg.OperationalError)
    assert bars_held(writer) == before


def test_two_runs_at_once_land_each_bar_once(writer, warehouse, configure):
    configure("DT-A", bars={"DT-A": [MONDAY, TUESDAY]})
    reports: list[IngestReport] = []
    start = threading.Barrier(2)

    def run() -> None:
        with psycopg.connect(warehouse.url("writer")) as own:
            start.wait()
            reports.append(ingest(own, IngestRequest(*WEEK)))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts(report)[0] for report in reports) == [0, 2]
    assert len(bars_held(writer)) == 2


def test_the_first_source_that_has_a_symbol_serves_it(writer, configure):
    apple = {"bars": {"DT-A": ["skfolio.sp500_dataset/AAPL"]}, "macro": {}, "basis_tolerance": 1e-6}
    configure("DT-A", sources={"sample": apple, "scripted": {"bars": {"DT-A": [MONDAY]}}})
    assert counts(ingest(writer, IngestRequest(*WEEK))) == (5, 0, 0, 0)
    assert {row[-1] for row in bars_held(writer)} == {"sample:skfolio.sp500_dataset"}


def test_what_the_first_source_lacks_comes_from_the_next(writer, configure):
    configure("DT-A", sources={"sample": FACEBOOK, "scripted": {"bars": {"DT-A": [MONDAY]}}})
    found = table(ingest(writer, IngestRequest(*WEEK)))
    assert found.inserted == 1
    assert "has bars from 2000-03-01 to 2013-03-01" in found.notes[0]


def test_when_no_source_has_bars_the_run_fails_and_says_why(writer, configure):
    configure("DT-A", sources={"sample": FACEBOOK})
    with pytest.raises(SourceUnavailable, match=r"no source serves bars: .*2000-03-01 to 2013-03-01"):
        ingest(writer, IngestRequest(*WEEK))


def test_a_kind_that_is_not_required_may_be_absent(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY]})
    found = table(ingest(writer, IngestRequest(*WEEK)), "economic_data.releases")
    assert found.missing == ("DT-RATE",)


def test_one_session_lands_that_session_of_the_real_sample(writer, configure):
    sample = {
        "bars": {"DT-SPX": ["arch.sp500", "skfolio.sp500_index/SP500"], "DT-VIX": ["arch.vix/vix"]},
        "macro": {"DT-RATE": "arch.default/BAA"},
        "basis_tolerance": 1e-6,
    }
    configure("DT-SPX", "DT-VIX", sources={"sample": sample})
    monday = date(2018, 12, 3)
    report = ingest(writer, IngestRequest(monday, monday))
    assert [(row[0], row[1], row[5]) for row in bars_held(writer)] == [
        ("DT-SPX", "2018-12-03", pytest.approx(2790.37, abs=0.005)),
        ("DT-VIX", "2018-12-03", 16.44),
    ]
    # the first of December was a Saturday: it belongs to Monday's slice. Of the 400 days before it the firsts of
    # November 2017 to November 2018 are read too, because values are released, and revised, later
    assert counts(report, "economic_data.releases") == (14, 0, 0, 0)


def test_a_weekend_of_a_market_that_never_closes_belongs_to_mondays_slice(writer, configure):
    weekend = [["2015-06-06", 10, 11, 9, 10, 1], ["2015-06-07", 10, 11, 9, 10, 1], ["2015-06-08", 10, 11, 9, 10, 1]]
    configure("DT-A", "DT-COIN", bars={"DT-A": [], "DT-COIN": weekend})
    monday = date(2015, 6, 8)
    assert counts(ingest(writer, IngestRequest(monday, monday)))[:2] == (3, 0)
    saturday = IngestRequest(date(2015, 6, 6), date(2015, 6, 7), symbols=("DT-COIN",))
    assert ingest(writer, saturday).sessions == 2  # its gaps can be asked for alone


def test_a_holiday_lands_nothing_and_asks_nobody(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY]}, breaks_before="DT-A")
    report = ingest(writer, IngestRequest(date(2015, 7, 3), date(2015, 7, 5)))
    assert (report.sessions, report.tables) == (0, ())


def test_a_subset_of_symbols_touches_no_other(writer, configure):
    configure("DT-A", "DT-B", bars={"DT-A": [MONDAY], "DT-B": [MONDAY]})
    report = ingest(writer, IngestRequest(*WEEK, symbols=("DT-B",)))
    assert [row[0] for row in bars_held(writer)] == ["DT-B"]
    assert {found.table for found in report.tables} == {"market_data.ohlcv"}


def test_sources_can_be_chosen_and_skipped(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY]})
    report = ingest(writer, IngestRequest(*WEEK, skip_sources=("scripted",)))
    assert report.tables == ()
    with pytest.raises(SettingsError, match="unknown source 'scriptd'; did you mean 'scripted'"):
        ingest(writer, IngestRequest(*WEEK, sources=("scriptd",)))


def test_an_unknown_symbol_is_named_with_the_nearest_one(writer, configure):
    configure("DT-ALPHA", bars={"DT-ALPHA": [MONDAY]})
    with pytest.raises(DataError, match="unknown symbol, series, group or index 'DT-ALPA'; did you mean 'DT-ALPHA'"):
        ingest(writer, IngestRequest(*WEEK, symbols=("DT-ALPA",)))


def test_an_instrument_named_no_more_stays_as_inactive_with_its_bars(writer, configure):
    configure("DT-A", "DT-B", bars={"DT-A": [MONDAY], "DT-B": [MONDAY]})
    ingest(writer, IngestRequest(*WEEK))
    configure("DT-A", bars={"DT-A": [MONDAY]})
    ingest(writer, IngestRequest(*WEEK))
    query = "select symbol, is_active from market_data.instruments where symbol like 'DT-%' order by symbol"
    assert select(writer, query) == [("DT-A", True), ("DT-B", False)]
    assert len(bars_held(writer)) == 2
