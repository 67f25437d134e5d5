"""Events and news by hand, around closed days, half of them at moments that are not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

# by day and time; the third of AAPL moves the day of its split, the last windows of JPM end after the horizon
ANNOUNCEMENTS = {
    "AAPL": [
        ("2020-01-28", "after_close", 4.99, 4.55),
        ("2020-04-30", None, 2.55, 2.26),
        ("2020-08-28", "after_close", 2.58, None),
        ("2020-10-29", "after_close", 0.73, 0.0),
        ("2021-01-27", "after_close", 1.68, 1.41),
    ],
    "JPM": [
        ("2020-01-14", "before_open", 2.57, 2.35),
        ("2020-07-11", "before_open", 1.38, -1.04),  # a Saturday
        ("2020-10-13", "during_session", 2.92, 2.23),
        ("2020-10-30", "after_close", 1.0, 1.0),
    ],
}
REACTIONS = {
    ("AAPL", "2020-01-28"): "2020-01-29",
    ("AAPL", "2020-04-30"): "2020-05-01",
    ("AAPL", "2020-08-28"): "2020-08-31",
    ("AAPL", "2020-10-29"): "2020-10-30",
    ("JPM", "2020-01-14"): "2020-01-14",
    ("JPM", "2020-07-11"): "2020-07-13",
    ("JPM", "2020-10-13"): "2020-10-13",
}


def land_events(connection: Any) -> None:
    """Land announcements, releases, and events of both other kinds; some lie after 2020-10-30."""
    for symbol, announcements in ANNOUNCEMENTS.items():
        for day, time, reported, estimate in announcements:
            connection.execute(
                "insert into events.earnings values (%s, date_trunc('quarter', %s::date), %s, %s, %s, %s, 'test')",
                [symbol, day, day, time, reported, estimate],
            )
    for name, day, moment, actual, forecast in (
        ("Employment Situation", "2020-05-08", "2020-05-08 12:30+00", -20500.0, -22000.0),
        ("Employment Situation", "2020-11-06", "2020-11-06 13:30+00", 638.0, 600.0),
        ("Consumer Price Index", "2020-04-10", None, -0.4, None),  # Good Friday: closed
        ("Late Statement", "2020-06-10", "2020-06-10 20:01+00", None, None),
        ("Consumer Price Index", "2020-10-27", None, 0.2, 0.2),
    ):
        connection.execute(
            "insert into events.economic_events (event_name, country, event_date, event_at, actual, forecast, source)"
            " values (%s, 'US', %s, %s, %s, %s, 'test')",
            [name, day, moment, actual, forecast],
        )
    connection.execute(
        "insert into events.geopolitical_events (event_id, name, category, started_on, reference, source)"
        " values ('strike', 'Strike', 'war', '2020-01-04', 'a paper', 'test')"
    )
    connection.execute(
        "insert into events.security_events (event_id, name, category, disclosed_on, symbols, reference, source) values"
        " ('breach', 'Breach', 'breach', '2020-07-15', '{MSFT,AAPL}', 'a paper', 'test'),"
        " ('fresh', 'Fresh', 'breach', '2020-10-20', '{MSFT}', 'a paper', 'test'),"
        " ('unheard', 'Unheard', 'breach', '2020-11-02', '{MSFT}', 'a paper', 'test')"
    )


def land_news(connection: Any) -> None:
    """Land 400 articles at any time of any day, half of them without a moment, some on the market, by two scorers."""
    random = np.random.default_rng(11)
    for number in range(400):
        moment = pd.Timestamp("2020-09-01", tz="UTC") + pd.Timedelta(minutes=int(random.integers(0, 75 * 1440)))
        day = moment.tz_convert("America/New_York").date()
        connection.execute(
            "insert into news.articles (article_id, headline, published_on, published_at, source)"
            " values (%s, 'News', %s, %s, 'test')",
            [f"article {number}", day, moment if random.random() < 0.5 else None],
        )
        symbols = [symbol for symbol in ("AAPL", "JPM") if random.random() < 0.5]
        for symbol in symbols:
            connection.execute("insert into news.mentions values (%s, %s, 'test')", [f"article {number}", symbol])
        for symbol, scorer in ((None, "lexicon"), *((symbol, "vendor") for symbol in symbols)):
            if random.random() < 0.8:
                connection.execute(
                    "insert into news.sentiment (article_id, symbol, scorer, scorer_version, score, source)"
                    " values (%s, %s, %s, '1', %s, 'test')",
                    [f"article {number}", symbol, scorer, random.uniform(-1, 1)],
                )
