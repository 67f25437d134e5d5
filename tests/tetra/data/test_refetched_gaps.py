"""Gaps in prices asked for again: bars and actions of those days, and nothing else, unless it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tetra.data.scripted_records import ScriptedRecords

from tetra.calendars import sessions_between
from tetra.data.coverage import refresh
from tetra.data.ingest import IngestRequest, gap_requests, ingest
from tetra.errors import SettingsError
from tetra.sources import registry

MONTH = (date(2015, 6, 1), date(2015, 6, 30))
HOLE = date(2015, 6, 10)


@pytest.fixture
def holed(writer: Any, configure: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The writer's connection after landing a month in which one bar is missing, from sources that have news too."""
    days = [str(day) for day in sessions_between("XNYS", *MONTH) if day.item() != HOLE]
    bars = [[day, None, None, None, 10.0, None] for day in days]
    configure("DT-A", bars={"DT-A": bars}, macro={"DT-RATE": [["2015-06-01", 5.0]]})
    monkeypatch.setitem(registry.CLIENTS, "told", "tests.tetra.data.scripted_records:ScriptedRecords")
    ScriptedRecords.answers = {"told": {}}
    content = yaml.safe_load((tmp_path / "sources.yaml").read_text())
    content["kinds"]["news"] = {"sources": ["told"], "required": False}
    content["sources"]["told"] = {"script": "told"}
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(content))
    ScriptedRecords.asked.clear()
    ingest(writer, IngestRequest(*MONTH))
    refresh(writer)
    assert [kind for _, kind, _ in ScriptedRecords.asked] == ["news"], "a usual run asks for news"
    ScriptedRecords.asked.clear()
    return writer


def tables(connection: Any, request: IngestRequest) -> list[str]:
    return [report.table for report in ingest(connection, request).tables]


@pytest.mark.postgres
def test_only_bars_and_actions_are_asked_of_the_days_of_a_gap(holed: Any) -> None:
    (request,) = gap_requests(holed, as_of=MONTH[1], symbols=("DT-A",))
    assert (request.start_date, request.end_date, request.symbols) == (HOLE, HOLE, ("DT-A",))
    assert request.kinds == ("bars", "hourly_bars", "actions")
    assert tables(holed, request) == ["market_data.ohlcv"]
    assert ScriptedRecords.asked == []


@pytest.mark.postgres
def test_other_kinds_are_asked_for_where_they_are_named(holed: Any) -> None:
    (request,) = gap_requests(holed, as_of=MONTH[1], symbols=("DT-A",), kinds=("news",))
    assert tables(holed, request) == ["news.articles", "news.mentions", "news.sentiment"]
    assert [kind for _, kind, _ in ScriptedRecords.asked] == ["news"]


@pytest.mark.postgres
def test_a_request_for_macro_series_alone_leaves_prices_and_news(holed: Any) -> None:
    assert tables(holed, IngestRequest(*MONTH, kinds=("macro",))) == ["economic_data.releases"]


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="unknown kind of data 'newz'; did you mean 'news'"):
        IngestRequest(*MONTH, kinds=("newz",))
