"""What the gates look at beside bars, and where verdicts are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pytest

from tetra.calendars import sessions_between
from tetra.data import validation
from tetra.data.ingest import IngestRequest, ingest
from tetra.data.slices_macro import MACRO_LOOKBACK_DAYS
from tetra.errors import SettingsError

pytestmark = pytest.mark.postgres

MONTH = (date(2015, 6, 1), date(2015, 6, 30))
ACTIONS, MACRO = "market_data.corporate_actions", "economic_data.releases"


def rows(start: date, end: date) -> list[list[object]]:
    return [[str(day), None, None, None, 10.0 + i, 5.0] for i, day in enumerate(sessions_between("XNYS", start, end))]


def load(connection: Any, table: str, start: date, end: date, column: str = "symbol") -> pd.DataFrame:
    frame = validation.load_slice(connection, table, start, end)
    connection.commit()
    return frame[frame[column].str.startswith("DT-")].reset_index(drop=True)


def test_a_macro_slice_goes_as_far_back_as_a_run_reads(writer, configure):
    days = ["2014-03-01", "2014-08-01", "2015-07-01", "2015-08-01", "2015-08-03"]
    configure("DT-A", bars={"DT-A": rows(*MONTH)}, macro={"DT-RATE": [[day, 5.0] for day in days]})
    ingest(writer, IngestRequest(*MONTH))
    own = load(writer, MACRO, date(2015, 8, 3), date(2015, 8, 3), "series_id")
    assert MACRO_LOOKBACK_DAYS == 400
    assert own["observation_date"].dt.strftime("%Y-%m-%d").tolist() == days[1:]
    assert own["share_of_days_allowed"].tolist() == [153 / 31, 334 / 31, 1.0, 2 / 31]
    assert own["share_of_days_until_stale"].dropna().tolist() == [0.0]


def test_a_series_that_stopped_is_stale_and_once_out_of_the_slice_named(writer, configure):
    configure("DT-A", bars={"DT-A": rows(*MONTH)}, macro={"DT-RATE": [["2015-01-01", 5.0]]})
    ingest(writer, IngestRequest(*MONTH))
    own = load(writer, MACRO, *MONTH, "series_id")
    assert own["share_of_days_until_stale"].tolist() == [180 / 100]
    frame = validation.load_slice(writer, MACRO, date(2016, 6, 1), date(2016, 6, 30))
    assert "DT-RATE" in frame.attrs[validation.PARAMETERS]["expected_series"]
    assert "DT-RATE" not in set(frame["series_id"])


def test_a_shifted_observation_is_told(writer, configure):
    values = [["2015-03-01", 5.0], ["2015-04-01", 510.0], ["2015-05-01", 5.2]]
    configure("DT-A", bars={"DT-A": rows(*MONTH)}, macro={"DT-RATE": values})
    ingest(writer, IngestRequest(*MONTH))
    told = load(writer, MACRO, *MONTH, "series_id").dropna(subset="decimal_shift")
    assert told[["observation_date", "decimal_shift"]].to_numpy().tolist() == [[pd.Timestamp("2015-04-01"), 100.0]]


def insert(connection: Any, table: str, columns: str, *values: tuple[Any, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"insert into {table} ({columns}) values ({', '.join(['%s'] * len(values[0]))})", list(values)
        )
    connection.commit()


def test_actions_stand_beside_the_closes_around_them(writer, owner_connection, configure):
    configure("DT-A", bars={"DT-A": rows(*MONTH)})
    ingest(writer, IngestRequest(*MONTH))
    insert(
        owner_connection,
        ACTIONS,
        "symbol, action_type, ex_date, value, source",
        ("DT-A", "dividend", "2015-06-02", 1.0, "x"),
        ("DT-A", "split", "2015-06-03", 2.0, "x"),
        ("DT-A", "split", "2015-06-06", 1.011, "x"),
    )
    own = load(writer, ACTIONS, *MONTH)
    # closes are 10, 11, 12 on the 1st, 2nd and 3rd
    assert own["dividend_yield"].tolist()[0] == pytest.approx(0.1)
    assert own["value_kept"].tolist()[1] == pytest.approx(12 * 2 / 11)
    assert own["split_ratio_error"].round(3).tolist()[1:] == [0.0, 0.011]
    assert own["is_session"].tolist() == [True, True, False]
    owner_connection.execute("delete from market_data.corporate_actions where symbol = 'DT-A'")
    owner_connection.commit()


@pytest.fixture
def records(writer: Any, owner_connection: Any, configure: Any) -> Any:
    """An instrument for records to be about; what they are inserted into is emptied of them afterwards."""
    configure("DT-A", bars={"DT-A": rows(*MONTH)})
    ingest(writer, IngestRequest(*MONTH))
    yield owner_connection
    owner_connection.rollback()
    for table, column in (
        ("news.sentiment", "article_id"),
        ("news.mentions", "article_id"),
        ("news.articles", "article_id"),
        ("events.earnings", "symbol"),
        ("events.economic_events", "event_name"),
        ("events.geopolitical_events", "event_id"),
        ("events.security_events", "event_id"),
        ("market_data.index_membership", "index_name"),
    ):
        owner_connection.execute(f"delete from {table} where {column} like 'DT-%'")
    owner_connection.commit()


def test_articles_count_a_silence_once_and_know_their_day_in_new_york(writer, records):
    insert(
        records,
        "news.articles",
        "article_id, headline, published_on, published_at, source",
        ("DT-1", "DT- one", "2015-05-31", None, "x"),
        ("DT-2", "DT- two", "2015-06-20", "2015-06-21T01:00Z", "x"),
        ("DT-3", "DT- three", "2015-06-20", None, "x"),
    )
    insert(records, "news.mentions", "article_id, symbol, source", ("DT-1", "DT-A", "x"))
    own = load(writer, "news.articles", *MONTH, "article_id")  # the Sunday before the first session is in it
    assert own["mentions"].tolist() == [1.0, 0.0, 0.0]
    assert own["days_since_previous"].dropna().tolist() == [20.0]
    assert own["day_in_new_york"].dropna().tolist() == [pd.Timestamp("2015-06-20")]
    assert own["headline_length"].tolist() == [7.0, 7.0, 9.0]


def test_an_article_that_nothing_has_scored_has_a_row_without_a_score(writer, records):
    insert(
        records,
        "news.articles",
        "article_id, headline, published_on, source",
        *((f"DT-{number:02}", "DT- up", "2015-06-02", "x") for number in range(51)),
    )
    insert(
        records,
        "news.sentiment",
        "article_id, symbol, scorer, scorer_version, score, source",
        *((f"DT-{number:02}", None, "DT-same", "1", 0.5, "x") for number in range(50)),
        ("DT-00", "DT-A", "DT-vendor", "1", 0.1, "x"),
    )
    own = load(writer, "news.sentiment", *MONTH, "article_id")
    assert own["score"].isna().tolist() == [False] * 51 + [True]
    assert own.loc[own["scorer"] == "DT-same", "scores_of_scorer"].unique().tolist() == [1.0]
    assert own.loc[own["scorer"] == "DT-vendor", "scores_of_scorer"].isna().all()  # too few to say
    assert own.loc[~own["is_mentioned"].astype(bool), "scorer"].tolist() == ["DT-vendor"]


def test_earnings_of_the_slice_and_those_scheduled_after_it_are_judged(writer, records):
    insert(
        records,
        "events.earnings",
        "symbol, announced_quarter, announced_on, eps_reported, eps_estimate, ingested_at, source",
        ("DT-A", "2015-04-01", "2015-06-06", 1.0, 5e6, "2015-06-01T00:00Z", "x"),
        ("DT-A", "2015-07-01", "2015-08-04", None, 1.2, "2015-06-01T00:00Z", "x"),
        ("DT-A", "2015-04-01", None, 0.9, None, "2015-06-01T00:00Z", "x"),
        ("DT-A", "2016-01-01", "2016-02-01", None, 1.2, "2015-06-01T00:00Z", "x"),
    )
    own = load(writer, "events.earnings", *MONTH)
    assert own["announced_quarter"].dt.month.tolist() == [4, 4, 7]
    assert own["is_weekend"].tolist() == [True, False, False]
    assert own["earnings_per_share"].tolist() == [5e6, 0.9, 1.2]
    assert own["announcements"].tolist() == [1.0, 1.0, 1.0]
    assert own["days_known_ahead"].dropna().tolist() == [5.0]  # reported five days before it was announced


def test_a_calendar_knows_days_apart_and_series_that_nobody_has(writer, records):
    insert(
        records,
        "events.economic_events",
        "event_name, country, event_date, event_at, series_ids, actual, ingested_at, source",
        ("DT-1", "US", "2015-06-05", "2015-06-05T12:30Z", ["DT-RATE"], 1.0, "2015-06-05T13:00Z", "x"),
        ("DT-2", "US", "2015-06-06", "2016-06-06T12:30Z", ["DT-NONE"], 1.0, "2015-06-01T13:00Z", "x"),
    )
    own = load(writer, "events.economic_events", *MONTH, "event_name")
    assert own["days_apart"].tolist() == [0.0, 366.0]
    assert own["unknown_series"].tolist() == [0.0, 1.0]
    assert own["days_known_ahead"].tolist() == [0.0, 5.0]
    assert own["is_weekend"].tolist() == [False, True]


def test_events_know_repeats_regions_and_symbols_that_nobody_has(writer, records):
    insert(
        records,
        "events.geopolitical_events",
        "event_id, name, category, started_on, regions, symbols, reference, source",
        ("DT-1", "A war", "war", "2015-06-02", ["US", "Usa"], ["DT-A"], "Gazette", "x"),
        ("DT-2", "A war", "war", "2015-06-02", [], ["DT-NONE"], "Gazette", "x"),
    )
    insert(
        records,
        "events.security_events",
        "event_id, name, category, disclosed_on, occurred_on, symbols, reference, source",
        ("DT-1", "A breach", "data_breach", "2015-06-02", "2014-06-02", ["DT-NONE"], "Form 8-K", "x"),
    )
    own = load(writer, "events.geopolitical_events", *MONTH, "event_id")
    assert own["bad_regions"].tolist() == [1.0, 0.0]
    assert own["unknown_symbols"].tolist() == [0.0, 1.0]
    assert own["is_repeated"].tolist() == [False, True]
    own = load(writer, "events.security_events", *MONTH, "event_id")
    assert own[["days_undisclosed", "unknown_symbols"]].to_numpy().tolist() == [[365.0, 1.0]]


def test_membership_is_judged_whole_and_knows_overlaps(writer, records):
    insert(
        records,
        "market_data.index_membership",
        "index_name, ticker, symbol, valid_from, valid_to, source",
        ("DT-500", "AAL", None, "1996-01-02", "1997-01-15", "x"),
        ("DT-500", "AAL", "DT-A", "1997-01-14", None, "x"),
        ("DT-500", "AAL", "DT-A", "2000-01-03", "2001-01-03", "x"),
        ("DT-500", "B", None, "1996-01-02", None, "x"),
        ("DT-500", "C", None, "2016-01-04", None, "x"),
    )
    own = load(writer, "market_data.index_membership", *MONTH, "index_name")
    assert own["ticker"].tolist() == ["AAL", "AAL", "AAL", "B"]
    assert own["overlaps_previous"].tolist() == [False, True, True, False]
    assert own["members_from_then_on"].tolist() == [2.0, 3.0, 3.0, 2.0]
    assert own["sp500_members"].isna().all()


# what dbt builds is not here; tests/dbt/test_gates.py has it
LANDED = sorted(table for table in validation.LOADERS if not table.startswith(("derived.", "assessment.")))


@pytest.mark.parametrize("table", LANDED)
def test_a_slice_with_nothing_in_it_is_empty_and_has_its_columns(writer, table):
    frame = validation.load_slice(writer, table, date(1985, 1, 2), date(1985, 1, 2))
    assert frame.empty
    assert len(frame.columns) >= 5


def test_an_unknown_suite_is_named_with_the_nearest_one(writer):
    with pytest.raises(SettingsError, match=r"unknown suite 'market_data\.ohlc'; did you mean 'market_data\.ohlcv'"):
        validation.load_slice(writer, "market_data.ohlc", *MONTH)


@dataclass(frozen=True)
class Verdict:
    """What the runner gives, as far as storing goes."""

    status: str

    def as_row(self) -> Mapping[str, Any]:
        return {
            "suite_name": "market_data.ohlcv",
            "slice_key": "DT-2015-06-01",
            "as_of": date(2015, 6, 1),
            "status": self.status,
            "rows_checked": 3,
            "expectations_checked": 2,
            "failed_expectations": [{"expectation": "expect_it", "severity": "warning"}],
            "run_id": "manual",
        }


def test_a_later_verdict_on_a_slice_replaces_the_earlier_one(writer):
    validation.store(writer, Verdict("FAIL"))
    validation.store(writer, Verdict("WARN"))
    stored = writer.execute(
        "select status, failed_expectations from quality.validation_results where slice_key = 'DT-2015-06-01'"
    ).fetchall()
    assert stored == [("WARN", [{"expectation": "expect_it", "severity": "warning"}])]
