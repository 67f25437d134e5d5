"""Earnings surprises and news sentiment stand on the first session whose close came after them, on no earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import psycopg
import pytest

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.known_events import load_events
from tetra.typing import FloatArray

pytestmark = pytest.mark.postgres

AS_OF = date(2021, 6, 11)
# Mon 7, Tue 8, Wed 9, Thu 10, Fri 11 June 2021; New York closes at 20:00 UTC
SESSIONS = sessions_between(STOCK_CALENDAR, date(2021, 6, 7), AS_OF)
SYMBOLS = ("EVENTS.A", "EVENTS.B")


@pytest.fixture
def landed(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """Two instruments, inside a transaction that is rolled back."""
    connection.execute("insert into market_data.exchanges values ('EVENTS', 'Events', 'XNYS', 'America/New_York')")
    for symbol in SYMBOLS:
        connection.execute(
            "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable)"
            " values (%s, %s, 'stock', 'EVENTS', 'USD', true)",
            (symbol, symbol),
        )
    yield connection
    connection.rollback()


def announce(connection: Any, day: str, time: str | None, reported: float | None, estimate: float | None) -> None:
    connection.execute(
        "insert into events.earnings (symbol, announced_quarter, announced_on, announcement_time, eps_reported,"
        " eps_estimate, source) values ('EVENTS.A', '2021-04-01', %s, %s, %s, %s, 'tests')",
        (day, time, reported, estimate),
    )


def publish(connection: Any, name: str, day: str, moment: str | None, *, about: tuple[str, ...]) -> None:
    connection.execute(
        "insert into news.articles (article_id, headline, published_on, published_at, source)"
        " values (%s, %s, %s, %s, 'tests')",
        (name, name, day, moment),
    )
    for symbol in about:
        connection.execute("insert into news.mentions values (%s, %s, 'tests', now())", (name, symbol))


def score(connection: Any, name: str, symbol: str | None, scorer: str, value: float) -> None:
    connection.execute(
        "insert into news.sentiment (article_id, symbol, scorer, scorer_version, score, source)"
        " values (%s, %s, %s, '1', %s, 'tests')",
        (name, symbol, scorer, value),
    )


def field_of(connection: Any, field: str, as_of: date = AS_OF) -> FloatArray:
    sessions = SESSIONS[np.datetime64(as_of) >= SESSIONS]
    return load_events(connection, as_of=as_of, symbols=SYMBOLS, sessions=sessions, fields=[field]).fields[field]


@pytest.mark.parametrize(
    ("time", "known_on"),
    [("before_open", 1), ("during_session", 1), ("after_close", 2), (None, 2)],
)
def test_a_report_is_known_at_the_first_close_after_it(landed: Any, time: str | None, known_on: int) -> None:
    announce(landed, "2021-06-08", time, 1.1, 1.0)
    expected = np.full(5, np.nan)
    expected[known_on] = 0.1  # (1.1 - 1.0) / 1.0
    np.testing.assert_allclose(field_of(landed, "earnings_surprise")[0], expected)
    assert np.isnan(field_of(landed, "earnings_surprise")[1]).all()


def test_a_surprise_is_a_fraction_of_what_was_expected_whatever_its_sign(landed: Any) -> None:
    announce(landed, "2021-06-08", "before_open", -0.5, -1.0)
    # (-0.5 - -1.0) / |-1.0|
    assert field_of(landed, "earnings_surprise")[0, 1] == pytest.approx(0.5)


@pytest.mark.parametrize(("reported", "estimate"), [(None, 1.0), (1.0, None), (1.0, 0.0)])
def test_a_report_that_cannot_be_compared_is_no_surprise(
    landed: Any, reported: float | None, estimate: float | None
) -> None:
    announce(landed, "2021-06-08", "before_open", reported, estimate)
    assert np.isnan(field_of(landed, "earnings_surprise")).all()


def test_what_comes_after_the_last_close_is_not_known(landed: Any) -> None:
    announce(landed, "2021-06-11", "after_close", 1.1, 1.0)
    publish(landed, "late", "2021-06-11", "2021-06-11 20:00:01+00", about=SYMBOLS)
    score(landed, "late", None, "words", 0.5)
    assert np.isnan(field_of(landed, "earnings_surprise")).all()
    assert np.isnan(field_of(landed, "news_sentiment")).all()


def test_what_came_before_the_first_session_is_not_its_news(landed: Any) -> None:
    publish(landed, "early", "2021-06-05", "2021-06-05 12:00:00+00", about=SYMBOLS)
    score(landed, "early", None, "words", 0.5)
    assert np.isnan(field_of(landed, "news_sentiment")).all()


def test_an_article_counts_for_the_session_that_closes_after_it(landed: Any) -> None:
    publish(landed, "at the close", "2021-06-08", "2021-06-08 20:00:00+00", about=("EVENTS.A",))
    publish(landed, "after it", "2021-06-08", "2021-06-08 20:00:01+00", about=("EVENTS.A",))
    publish(landed, "some time that day", "2021-06-09", None, about=("EVENTS.A",))
    for name, value in (("at the close", 0.2), ("after it", 0.4), ("some time that day", 0.8)):
        score(landed, name, None, "words", value)
    np.testing.assert_allclose(field_of(landed, "news_sentiment")[0], [np.nan, 0.2, 0.4, 0.8, np.nan])


def test_articles_of_one_session_and_scorers_of_one_article_are_averaged(landed: Any) -> None:
    for name in ("one", "two"):
        publish(landed, name, "2021-06-08", "2021-06-08 15:00:00+00", about=("EVENTS.A",))
    score(landed, "one", None, "words", 0.2)
    score(landed, "one", None, "vendor", 0.6)
    score(landed, "two", None, "words", -0.2)
    # ((0.2 + 0.6) / 2 - 0.2) / 2
    assert field_of(landed, "news_sentiment")[0, 1] == pytest.approx(0.1)


def test_a_scorers_word_on_the_instrument_stands_over_its_word_on_the_article(landed: Any) -> None:
    publish(landed, "both", "2021-06-08", "2021-06-08 15:00:00+00", about=SYMBOLS)
    score(landed, "both", None, "vendor", -0.3)
    score(landed, "both", "EVENTS.B", "vendor", 0.9)
    made = field_of(landed, "news_sentiment")[:, 1]
    np.testing.assert_allclose(made, [-0.3, 0.9])


def test_an_earlier_as_of_date_knows_less_and_nothing_else(landed: Any) -> None:
    announce(landed, "2021-06-08", "after_close", 1.1, 1.0)
    for number, day in enumerate(("2021-06-07", "2021-06-09", "2021-06-10")):
        publish(landed, day, day, None, about=SYMBOLS)
        score(landed, day, None, "words", 0.1 * number)
    for field in ("earnings_surprise", "news_sentiment"):
        whole, cut = field_of(landed, field), field_of(landed, field, date(2021, 6, 9))
        np.testing.assert_array_equal(whole[:, :3], cut)


def test_dates_that_are_not_held_have_no_events(landed: Any) -> None:
    publish(landed, "day", "2021-06-08", "2021-06-08 15:00:00+00", about=("EVENTS.B",))
    score(landed, "day", None, "words", 0.5)
    events = load_events(landed, as_of=AS_OF, symbols=SYMBOLS, sessions=SESSIONS, fields=["news_sentiment", "close"])
    dates = np.array(["2021-06-08", "2021-06-09", "2022-01-03"], dtype="datetime64[D]")
    placed = events.on(np.array([1, 0]), dates)
    assert set(placed) == {"news_sentiment"}
    np.testing.assert_allclose(placed["news_sentiment"], [[0.5, np.nan, np.nan], [np.nan] * 3])
