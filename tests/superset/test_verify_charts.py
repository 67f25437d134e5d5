"""What counts as a chart that shows data: asked of a small server that answers as Superset does."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "include" / "superset"))

from verify_charts import VerifyError, build_query, verify

NUMBER = {"viz_type": "big_number_total", "metric": "runs", "row_limit": 1, "datasource": "7__table"}
CURVES = {
    "viz_type": "echarts_timeseries_line",
    "x_axis": "session_date",
    "time_grain_sqla": "P1D",
    "groupby": ["strategy_name"],
    "metrics": ["equity"],
    "row_limit": 100,
    "datasource": "8__table",
}
FILTER = {
    "name": "Scenario",
    "filterType": "filter_select",
    "targets": [{"datasetId": 8, "column": {"name": "scenario_name"}}],
    "controlValues": {"defaultToFirstItem": True},
    "scope": {"excluded": [1]},
}


class FakeSuperset(ThreadingHTTPServer):
    """Answers with what the test put into ``data``: rows by datasource, or an error's status."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.data: dict[int, list[dict[str, Any]] | int] = {
            7: [{"runs": 3}],
            8: [{"scenario_name": "COVID-19", "equity": 1.0}],
        }
        self.charts = [
            {"id": 1, "slice_name": "Runs", "form_data": NUMBER},
            {"id": 2, "slice_name": "Curves", "form_data": CURVES},
        ]
        self.queries: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: FakeSuperset

    def answer(self, body: Any, status: int = 200) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_GET(self) -> None:
        answers = {
            "/api/v1/security/csrf_token/": {"result": "token"},
            "/api/v1/dashboard/strategy-rankings/charts": {"result": self.server.charts},
            "/api/v1/dashboard/strategy-rankings": {
                "result": {"json_metadata": json.dumps({"native_filter_configuration": [FILTER]})}
            },
        }
        self.answer(answers.get(self.path, {}), 200 if self.path in answers else 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/v1/security/login":
            granted = body["password"] == "right"
            self.answer({"access_token": "t"} if granted else {"message": "Not authorized"}, 200 if granted else 401)
            return
        self.server.queries.append(body["queries"][0])
        rows = self.server.data[body["datasource"]["id"]]
        self.answer(
            {"message": "boom"} if isinstance(rows, int) else {"result": [{"data": rows}]},
            rows if isinstance(rows, int) else 200,
        )

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: pytest shows what matters."""


@pytest.fixture
def superset() -> Iterator[FakeSuperset]:
    server = FakeSuperset()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def problems(superset: FakeSuperset) -> dict[str, str | None]:
    return {result.name: result.problem for result in verify(superset.url, "admin", "right")}


def test_filters_and_charts_with_rows_are_fine(superset: FakeSuperset):
    assert problems(superset) == {"filter: Scenario": None, "Runs": None, "Curves": None}


def test_a_chart_without_rows_is_a_failure(superset: FakeSuperset):
    superset.data[7] = []
    assert problems(superset)["Runs"] == "no rows"


def test_a_chart_of_nulls_is_a_failure(superset: FakeSuperset):
    superset.data[7] = [{"runs": None}]
    assert problems(superset)["Runs"] == "nothing but nulls in runs"


def test_a_failing_query_is_a_failure_of_that_chart_alone(superset: FakeSuperset):
    superset.data[7] = 500
    found = problems(superset)
    assert "answered 500" in str(found["Runs"])
    assert found["Curves"] is None


def test_a_chart_is_asked_with_the_first_item_of_a_filter_that_starts_set(superset: FakeSuperset):
    verify(superset.url, "admin", "right")
    condition = {"col": "scenario_name", "op": "IN", "val": ["COVID-19"]}
    by_metric = {query["metrics"][0]: query["filters"] for query in superset.queries if query["metrics"]}
    assert by_metric == {"equity": [condition], "runs": []}


def test_a_dashboard_without_charts_is_an_error(superset: FakeSuperset):
    superset.charts = []
    with pytest.raises(VerifyError, match="has no chart"):
        verify(superset.url, "admin", "right")


def test_a_refused_login_is_an_error(superset: FakeSuperset):
    with pytest.raises(VerifyError, match="answered 401"):
        verify(superset.url, "admin", "wrong")


def test_a_server_that_is_not_there_is_an_error(superset: FakeSuperset):
    with pytest.raises(VerifyError, match="does not answer"):
        verify("http://127.0.0.1:1", "admin", "right")


def test_a_kind_of_chart_it_does_not_know_is_an_error_not_a_pass():
    with pytest.raises(VerifyError, match="knows no query for a sankey_v2"):
        build_query({"viz_type": "sankey_v2", "row_limit": 1})


def test_a_kind_of_filter_it_does_not_know_is_an_error_not_a_pass():
    with pytest.raises(VerifyError, match="simple filters only"):
        build_query(NUMBER | {"adhoc_filters": [{"expressionType": "SQL", "sqlExpression": "1 = 1"}]})
