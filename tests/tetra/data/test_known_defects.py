"""Known defects, from files through landing to the gate: each is caught by name, symbol and date; a true price is not.

Every check is seen twice: on a file with one defect, where it says so, and on the same file without it, where it does
not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tetra.calendars import sessions_between
from tetra.data import coverage, validation
from tetra.data.ingest import IngestRequest, ingest
from tetra.settings import load_yaml
from tetra_expectations import runner
from tetra_expectations.runner import FailedExpectation, ValidationOutcome

pytestmark = pytest.mark.postgres

SPAN = (date(2015, 6, 1), date(2015, 8, 31))
HEADER = "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient"
LAYOUTS = load_yaml("sources.yaml")["sources"]["files"]["layouts"]

Row = dict[str, Any]
Rows = list[Row]


def good_rows() -> Rows:
    """Return a quiet summer: closes that drift between 50 and 51."""
    rows = []
    for number, day in enumerate(sessions_between("XNYS", *SPAN)):
        close = 50 + 0.37 * (number % 3) + 0.01 * number
        prices = {"open": close - 0.1, "high": close + 0.5, "low": close - 0.6, "close": close, "adjusted": close}
        rows.append({"day": str(day), **prices, "volume": 1000 + number, "dividend": 0, "split": 1})
    return rows


def scaled(rows: Rows, factor: float) -> Rows:
    """Return rows with prices times a factor."""
    return [row | {name: row[name] * factor for name in ("open", "high", "low", "close", "adjusted")} for row in rows]


def at(rows: Rows, day: str) -> int:
    return next(number for number, row in enumerate(rows) if row["day"] == day)


@pytest.fixture
def judged(writer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ValidationOutcome]:
    """Land two files by configuration alone, the second always good, and judge their slice."""
    configuration, files = tmp_path / "config", tmp_path / "files"
    configuration.mkdir()
    files.mkdir()
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(configuration))
    usual = {"sector": "Energy", "exchange": "DT-X", "currency": "USD", "asset_class": "stock"}
    instruments = {name: {"name": name, **usual} for name in ("DT-A", "DT-B")}
    universe = {
        "exchanges": {"DT-X": {"name": "Stocks", "calendar": "XNYS", "timezone": "America/New_York"}},
        "groups": {},
        "instruments": instruments | {"DT-OIL": {"name": "Oil", **usual, "asset_class": "commodity"}},
        "indicators": {"DT-RATE": {"name": "A rate", "unit": "percent", "frequency": "monthly"}},
    }
    bars = {
        "stocks": {"path": f"{files}/{{symbol}}.csv", "layout": "alpha_vantage", "symbols": ["DT-A", "DT-B"]},
        "oil": {"path": f"{files}/wti.csv", "layout": "date_price", "symbols": ["DT-OIL"]},
    }
    kinds = {kind: {"sources": ["files"], "required": kind == "bars"} for kind in ("bars", "actions", "macro")}
    sources = {"files": {"layouts": LAYOUTS, "bars": bars}}
    (configuration / "universe.yaml").write_text(yaml.safe_dump(universe))
    (configuration / "sources.yaml").write_text(yaml.safe_dump({"kinds": kinds, "sources": sources}))

    def judge(rows: Rows, *, oil: str | None = None, span: tuple[date, date] = SPAN) -> ValidationOutcome:
        for symbol, lines in (("DT-A", rows), ("DT-B", good_rows())):
            text = "\n".join([HEADER, *(",".join(str(value) for value in row.values()) for row in lines), ""])
            (files / f"{symbol}.csv").write_text(text)
        (files / "wti.csv").write_text(oil or "Date,Price\n")
        ingest(writer, IngestRequest(*span))
        frame = validation.load_slice(writer, "market_data.ohlcv", *span, symbols=("DT-A", "DT-B", "DT-OIL"))
        writer.commit()
        slice_key = f"DT-{span[0]}..{span[1]}"
        outcome = runner.validate(
            frame, suite="market_data.ohlcv", slice_key=slice_key, as_of=span[1], run_id="DT", project_dir=tmp_path
        )
        validation.store(writer, outcome)
        return outcome

    return judge


def found(outcome: ValidationOutcome, column: str | None) -> FailedExpectation | None:
    """Return the failure of a column, if any."""
    return next((failure for failure in outcome.failed if failure.column == column), None)


def test_good_files_pass_every_check(judged):
    outcome = judged(good_rows())
    assert (outcome.status, outcome.summary()) == ("PASS", "")
    assert outcome.rows_checked == 2 * len(good_rows())


def zero_volumes(rows: Rows) -> Rows:
    return [row | {"volume": 0} for row in rows]


def constant_closes(rows: Rows) -> Rows:
    return [row | {"open": 50, "high": 50, "low": 50, "close": 50} for row in rows]


def no_july(rows: Rows) -> Rows:
    return [row for row in rows if not row["day"].startswith("2015-07")]


def stopped_in_august(rows: Rows) -> Rows:
    return [row for row in rows if row["day"] < "2015-08-10"]


def twice_the_third(rows: Rows) -> Rows:
    here = at(rows, "2015-08-03")
    return [*rows[: here + 1], rows[here] | {"volume": 7}, *rows[here + 1 :]]


def high_below_low(rows: Rows) -> Rows:
    return [row | {"high": row["low"] - 1} if row["day"] == "2015-08-03" else row for row in rows]


def zeros_for_prices(rows: Rows) -> Rows:
    return scaled(rows, 0)


def shifted(factor: float) -> Callable[[Rows], Rows]:
    def shift(rows: Rows) -> Rows:
        here = at(rows, "2015-08-03")
        return [*rows[:here], *scaled(rows[here : here + 1], factor), *rows[here + 1 :]]

    return shift


def seam(factor: float, split: float = 1) -> Callable[[Rows], Rows]:
    """Return a defect: other shares from a day on, and what split the file books for it."""

    def change(rows: Rows) -> Rows:
        here = at(rows, "2015-08-03")
        after = scaled(rows[here:], factor)
        return [*rows[:here], after[0] | {"split": split}, *after[1:]]

    return change


def one_high_shifted(rows: Rows) -> Rows:
    return [row | {"high": row["high"] * 10} if row["day"] == "2015-08-03" else row for row in rows]


NULL, BETWEEN = "expect_column_values_to_be_null", "expect_column_values_to_be_between"
CONTAINS = "expect_column_distinct_values_to_contain_set"
DEFECTS = [
    pytest.param(zero_volumes, BETWEEN, "volume_unchanged", "DT-A 2015-08-31 (65)", "WARN", id="a column of zeros"),
    pytest.param(zero_volumes, BETWEEN, "volume", "DT-A 2015-06-01 (0)", "WARN", id="volumes of zero"),
    pytest.param(zeros_for_prices, CONTAINS, "symbol", "no row for DT-A", "WARN", id="prices of zero"),
    pytest.param(constant_closes, BETWEEN, "close_unchanged", "DT-A 2015-08-31 (65)", "WARN", id="a constant close"),
    pytest.param(no_july, BETWEEN, "sessions_missing", "DT-A 2015-08-03 (22)", "WARN", id="a missing month"),
    pytest.param(stopped_in_august, BETWEEN, "sessions_silent", "DT-A 2015-08-07 (16)", "WARN", id="bars that stop"),
    pytest.param(
        twice_the_third, BETWEEN, "share_set_aside", "DT-A 2015-08-31 (0.0151515)", "WARN", id="a session twice"
    ),
    pytest.param(
        high_below_low, BETWEEN, "share_set_aside", "DT-A 2015-08-31 (0.0153846)", "WARN", id="high below low"
    ),
    pytest.param(high_below_low, BETWEEN, "sessions_missing", "DT-A 2015-08-04 (1)", "WARN", id="the bar it costs"),
    pytest.param(shifted(10), NULL, "decimal_shift", "DT-A 2015-08-03 (10)", "FAIL", id="ten times the price"),
    pytest.param(shifted(0.1), NULL, "decimal_shift", "DT-A 2015-08-03 (0.1)", "FAIL", id="a tenth of the price"),
    pytest.param(shifted(100), NULL, "decimal_shift", "DT-A 2015-08-03 (100)", "FAIL", id="a hundred times the price"),
    pytest.param(shifted(3), NULL, "reversed_jump", "DT-A 2015-08-03 (3", "WARN", id="thrice the price for a day"),
    pytest.param(seam(0.5), NULL, "split_seam", "DT-A 2015-08-03 (2)", "WARN", id="a split that was not booked"),
    pytest.param(seam(1, 2), NULL, "split_seam", "DT-A 2015-08-03 (0.5)", "WARN", id="a split that the price lacks"),
    pytest.param(one_high_shifted, BETWEEN, "range_factor", "DT-A 2015-08-03 (10", "WARN", id="one field shifted"),
]


@pytest.mark.parametrize(("defect", "expectation", "column", "example", "status"), DEFECTS)
def test_a_known_defect_is_caught_by_name_symbol_and_date(judged, writer, defect, expectation, column, example, status):
    outcome = judged(defect(good_rows()))
    failure = found(outcome, column)
    assert failure is not None
    assert failure.expectation == expectation
    assert example in failure.observed
    assert "DT-B" not in outcome.summary()
    assert outcome.status == status
    ((stored,),) = writer.execute(
        "select failed_expectations::text from quality.validation_results where slice_key like 'DT-%'"
    ).fetchall()
    assert example in stored


def test_a_split_that_is_booked_is_no_seam_and_no_outlier(judged):
    outcome = judged(seam(0.5, 2)(good_rows()))
    assert (outcome.status, outcome.summary()) == ("PASS", "")


def test_what_was_set_aside_is_kept_with_its_reason(judged, writer):
    judged(twice_the_third(high_below_low(good_rows())))
    kept = writer.execute(
        "select record_key, reason from quality.rejected_records where record_key like 'DT-%' order by 1"
    ).fetchall()
    assert kept == [
        ("DT-A|1d|2015-08-03", "low is above high"),
        ("DT-A|1d|2015-08-03#2", "a second record of the session"),
    ]


def test_a_missing_month_is_a_gap_that_can_be_asked_for_again(judged, writer):
    judged(no_july(good_rows()))
    coverage.refresh(writer)
    (request,) = coverage.gap_requests(writer, ("DT-A", "DT-B"))
    assert (request.start, request.end, request.symbols) == (date(2015, 7, 1), date(2015, 7, 31), ("DT-A",))


def test_a_shift_on_the_newest_session_warns_at_once_and_fails_when_the_next_one_shows_it(judged):
    rows = shifted(10)(good_rows())
    here = at(rows, "2015-08-03")
    monday = judged(rows[: here + 1], span=(SPAN[0], date(2015, 8, 3)))
    assert monday.status == "WARN"
    assert "DT-A 2015-08-03 (9" in found(monday, "simple_return").observed
    tuesday = judged(rows[: here + 2], span=(date(2015, 8, 4), date(2015, 8, 4)))
    assert tuesday.status == "FAIL"
    assert "DT-A 2015-08-04 (10)" in found(tuesday, "decimal_shift").observed


def test_oil_below_zero_is_accepted_and_passes(judged):
    oil = "Date,Price\n2020-04-16,19.82\n2020-04-17,18.31\n2020-04-20,-36.98\n2020-04-21,8.91\n2020-04-22,13.64\n"
    outcome = judged([], oil=oil, span=(date(2020, 4, 16), date(2020, 4, 22)))
    assert outcome.rows_checked == 5
    for column in ("lowest_price", "decimal_shift", "reversed_jump", "split_seam", "simple_return", "share_set_aside"):
        assert found(outcome, column) is None
    assert outcome.status == "PASS"
