"""The gate on derived metrics, on tables that dbt has built: it passes them, and sees what was done to them since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data import validation
from tetra_expectations import runner

pytestmark = pytest.mark.postgres

AS_OF = date(2021, 6, 30)
SESSIONS = sessions_between(STOCK_CALENDAR, date(2020, 1, 2), date(2021, 7, 2))
RETURNS, INDICATORS, KNOWN = "derived.daily_returns", "derived.technical_indicators", "derived.macro_as_known"
MARTS = ("daily_returns", "technical_indicators", "macro_as_known")


@pytest.fixture(scope="module")
def built(dbt: Any, instruments: None) -> Any:
    """Marts as of 2021-06-30 of two stocks, one without highs and lows, and a series that was revised since."""
    steps = np.random.default_rng(5).normal(0.0005, 0.02, (2, len(SESSIONS)))
    closes = 100 * np.exp(np.cumsum(steps, axis=1))
    with dbt.connect() as connection:
        with connection.cursor().copy(
            "copy market_data.ohlcv (symbol, timeframe, ts, open, high, low, close, volume, price_basis, source)"
            " from stdin"
        ) as copy:
            for session, first, second in zip(SESSIONS, *closes, strict=True):
                opened_at = f"{session} 00:00+00"
                copy.write_row(
                    ("AAPL", "1d", opened_at, first, first * 1.01, first * 0.99, first, 1e6, "total", "test")
                )
                copy.write_row(("JPM", "1d", opened_at, None, None, None, second, None, "total", "test"))
        connection.execute("insert into economic_data.indicators values ('CPI', 'Prices', 'index', 'monthly')")
        connection.execute(
            "insert into economic_data.releases values ('CPI', '2021-04-01', '2021-05-12', 266.8, 'test'),"
            " ('CPI', '2021-05-01', '2021-06-10', 268.6, 'test'), ('CPI', '2021-05-01', '2021-07-01', 268.7, 'test')"
        )
    outcome = dbt("run", "--select", *(f"+{mart}" for mart in MARTS), as_of=AS_OF.isoformat())
    assert outcome.returncode == 0, outcome.output
    return dbt


@pytest.fixture
def tables(built: Any) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose changes are taken back."""
    with psycopg.connect(built.owner_url) as connection:
        yield connection
        connection.rollback()


def judge(connection: psycopg.Connection[Any], suite: str, folder: Path, *, as_of: date = AS_OF) -> Any:
    frame = validation.load_slice(connection, suite, as_of, as_of)
    return runner.validate(frame, suite=suite, slice_key=str(as_of), as_of=as_of, run_id="test", project_dir=folder)


def failures(outcome: Any) -> list[tuple[str, str]]:
    return [(failure.column, failure.severity) for failure in outcome.failed]


@pytest.mark.parametrize(("suite", "rows"), [(RETURNS, 2), (INDICATORS, 2), (KNOWN, 1)])
def test_what_dbt_built_passes(tables: psycopg.Connection[Any], suite: str, rows: int, tmp_path: Path) -> None:
    frame = validation.load_slice(tables, suite, AS_OF, AS_OF)
    assert len(frame) == rows
    assert (frame["session_date"] == pd.Timestamp(AS_OF)).all()
    outcome = judge(tables, suite, tmp_path)
    assert (outcome.status, outcome.failed) == ("PASS", ())


def test_an_earlier_session_is_judged_by_what_had_landed_by_then(
    tables: psycopg.Connection[Any], tmp_path: Path
) -> None:
    frame = validation.load_slice(tables, RETURNS, date(2020, 6, 1), date(2020, 6, 1))
    assert frame["sessions_built"].tolist() == frame["sessions_landed"].tolist() == [104, 104]
    assert judge(tables, RETURNS, tmp_path, as_of=date(2020, 6, 1)).status == "PASS"


def test_a_session_that_was_landed_and_not_built_fails(tables: psycopg.Connection[Any], tmp_path: Path) -> None:
    outcome = judge(tables, RETURNS, tmp_path, as_of=date(2021, 7, 1))
    assert outcome.status == "FAIL"
    assert set(failures(outcome)) == {
        ("sessions_built, sessions_landed", "critical"),
        ("last_built, last_landed", "critical"),
        ("is_stale", "critical"),
        ("is_stale", "warning"),
    }


def test_a_row_lost_in_the_past_fails(tables: psycopg.Connection[Any], tmp_path: Path) -> None:
    tables.execute("delete from derived.daily_returns where symbol = 'JPM' and session_date = '2020-03-16'")
    outcome = judge(tables, RETURNS, tmp_path)
    assert failures(outcome) == [("sessions_built, sessions_landed", "critical")]
    assert "JPM 2021-06-30" in outcome.summary()


def test_an_outlier_among_the_returns_warns(tables: psycopg.Connection[Any], tmp_path: Path) -> None:
    tables.execute("update derived.daily_returns set simple_return = 0.9 where session_date = %s", [AS_OF])
    outcome = judge(tables, RETURNS, tmp_path)
    assert (outcome.status, failures(outcome)) == ("WARN", [("return_zscore", "warning")])


def test_indicators_left_on_the_prices_of_before_a_split_fail(tables: psycopg.Connection[Any], tmp_path: Path) -> None:
    tables.execute("update derived.daily_returns set adjusted_close = adjusted_close / 2 where symbol = 'AAPL'")
    outcome = judge(tables, INDICATORS, tmp_path)
    assert failures(outcome) == [("sma_200_off", "critical")]
    assert "such as AAPL 2021-06-30 (" in outcome.summary()


def test_averages_that_are_missing_are_named(tables: psycopg.Connection[Any], tmp_path: Path) -> None:
    tables.execute("update derived.technical_indicators set ema_26 = null, macd_line = null where symbol = 'JPM'")
    assert "JPM 2021-06-30 (ema_26, macd_line)" in judge(tables, INDICATORS, tmp_path).summary()


def test_a_revision_that_was_not_known_yet_fails(tables: psycopg.Connection[Any], tmp_path: Path) -> None:
    tables.execute("update derived.macro_as_known set value = 268.7, release_date = '2021-07-01'")
    assert failures(judge(tables, KNOWN, tmp_path)) == [
        ("session_date, release_date", "critical"),
        ("value, value_released", "critical"),
    ]


def test_a_series_that_has_no_row_fails_and_no_series_at_all_is_no_row(
    tables: psycopg.Connection[Any], tmp_path: Path
) -> None:
    tables.execute("delete from derived.macro_as_known")
    assert failures(judge(tables, KNOWN, tmp_path)) == [("value", "critical")]
    tables.execute("delete from economic_data.releases")
    assert validation.load_slice(tables, KNOWN, AS_OF, AS_OF).empty
