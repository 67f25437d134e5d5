"""Ask the running Superset for the data of every chart and filter of the dashboard, as the browser would.

    SUPERSET_ADMIN_PASSWORD=… python verify_charts.py http://127.0.0.1:8088

Prints one line per chart; exit status 1 when one fails or shows nothing. ``/health`` and the import say nothing about
that: both succeed with a wrong warehouse password. Needs only ``requests``, so either environment's Python will do.

The front end turns a chart's settings into queries in JavaScript; ``QUERIES`` does it here for the kinds of chart
that the dashboard uses, and a kind it does not know is an error, not a pass. ``take_screenshots.py`` watches the
queries that the browser really sends.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import requests

DASHBOARD = "strategy-rankings"
TIMEOUT = 60
"""Seconds per request; the warehouse gives up on a statement after 30."""

Json = dict[str, Any]


class VerifyError(Exception):
    """Superset could not be asked at all."""


@dataclass(frozen=True)
class ChartResult:
    """What one chart, or one filter of the dashboard, showed."""

    name: str
    viz_type: str
    rows: int
    seconds: float
    problem: str | None

    @property
    def is_ok(self) -> bool:
        """Whether it showed data."""
        return self.problem is None

    def __str__(self) -> str:
        verdict = f"{self.rows:6d} rows {self.seconds:5.2f} s" if self.is_ok else f"FAILED: {self.problem}"
        return f"{self.name:42s} {self.viz_type:24s} {verdict}"


class Superset:
    """A logged-in session on the REST API."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.session = requests.Session()
        self.session.headers["Accept"] = "application/json"  # or errors come as a page without the cause
        login = {"username": username, "password": password, "provider": "db", "refresh": False}
        self.session.headers["Authorization"] = f"Bearer {self._call('POST', 'security/login', login)['access_token']}"
        self.session.headers["X-CSRFToken"] = self._call("GET", "security/csrf_token/")["result"]
        self.session.headers["Referer"] = self.base_url

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        url = f"{self.base_url}/api/v1/{path}"
        try:
            response = self.session.request(method, url, json=body, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise VerifyError(f"{url} does not answer: {error}") from error
        if response.status_code != requests.codes.ok:
            raise VerifyError(f"{url} answered {response.status_code}: {' '.join(response.text.split())[:300]}")
        answer: Json = response.json()
        return answer

    def charts(self, dashboard: str) -> list[Json]:
        """Return name, id and form data of each chart."""
        return list(self._call("GET", f"dashboard/{dashboard}/charts")["result"])

    def filters(self, dashboard: str) -> list[Json]:
        """Return the native filters' configuration."""
        metadata = json.loads(self._call("GET", f"dashboard/{dashboard}")["result"]["json_metadata"])
        return list(metadata["native_filter_configuration"])

    def rows(self, datasource_id: int, query: Json) -> list[Json]:
        """Return the rows of one chart query, never from the cache."""
        body = {
            "datasource": {"id": datasource_id, "type": "table"},
            "queries": [query],
            "force": True,
            "result_format": "json",
            "result_type": "full",
        }
        return list(self._call("POST", "chart/data", body)["result"][0]["data"])


# --- from a chart's settings to its query ------------------------------------------------------------------------
def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _table(form: Json) -> Json:
    if form["query_mode"] != "raw":
        raise VerifyError("verify_charts.py knows tables in raw mode only: teach it the other one")
    return {"columns": form["all_columns"], "orderby": [json.loads(each) for each in form["order_by_cols"]]}


def _number(form: Json) -> Json:
    return {"columns": [], "metrics": [form["metric"]]}


def _series(form: Json) -> Json:
    axis: Any = form["x_axis"]
    if "time_grain_sqla" in form:
        kind = {"columnType": "BASE_AXIS", "expressionType": "SQL", "timeGrain": form["time_grain_sqla"]}
        axis = {"label": axis, "sqlExpression": axis, **kind}
    return {"columns": [axis, *form["groupby"]], "metrics": form["metrics"]}


def _heatmap(form: Json) -> Json:
    return {"columns": [form["x_axis"], *_as_list(form["groupby"])], "metrics": [form["metric"]]}


def _box_plot(form: Json) -> Json:
    return {"columns": [*form["columns"], *form["groupby"]], "metrics": form["metrics"]}


QUERIES: dict[str, Callable[[Json], Json]] = {
    "table": _table,
    "big_number_total": _number,
    "echarts_timeseries_bar": _series,
    "echarts_timeseries_line": _series,
    "heatmap_v2": _heatmap,
    "box_plot": _box_plot,
}


def _conditions(adhoc_filters: list[Json]) -> list[Json]:
    if any(each["expressionType"] != "SIMPLE" for each in adhoc_filters):
        raise VerifyError("verify_charts.py knows simple filters only: teach it SQL ones")
    return [{"col": each["subject"], "op": each["operator"], "val": each["comparator"]} for each in adhoc_filters]


def build_query(form: Json, extra_filters: list[Json] | None = None) -> Json:
    """Return the query of a chart.

    Raises
    ------
    VerifyError
        If the chart is of a kind that ``QUERIES`` does not know.
    """
    viz_type = form["viz_type"]
    if viz_type not in QUERIES:
        raise VerifyError(f"verify_charts.py knows no query for a {viz_type}: add it to QUERIES")
    filters = _conditions(form.get("adhoc_filters", [])) + (extra_filters or [])
    return {"filters": filters, "row_limit": form["row_limit"], **QUERIES[viz_type](form)}


# --- asking -------------------------------------------------------------------------------------------------------
def _ask(
    superset: Superset, name: str, viz_type: str, datasource_id: int, query: Callable[[], Json]
) -> tuple[ChartResult, list[Json]]:
    start = time.perf_counter()
    rows: list[Json] = []
    problem = None
    try:
        asked = query()
        rows = superset.rows(datasource_id, asked)
        empty = [metric for metric in asked.get("metrics", []) if all(row[metric] is None for row in rows)]
        if not rows:
            problem = "no rows"
        elif empty:
            problem = f"nothing but nulls in {', '.join(empty)}"
    except VerifyError as error:
        problem = str(error)
    return ChartResult(name, viz_type, len(rows), time.perf_counter() - start, problem), rows


def _ask_filters(superset: Superset, dashboard: str) -> Iterator[tuple[ChartResult, list[int], list[Json]]]:
    """Yield each filter's result, the charts it leaves alone, and the condition it starts with."""
    for each in superset.filters(dashboard):
        target = each["targets"][0]
        column = target["column"]["name"]
        query = {
            "columns": [column],
            "metrics": [],
            "orderby": [[column, True]],
            "filters": _conditions(each.get("adhoc_filters", [])),
            "row_limit": 1000,
        }
        result, rows = _ask(
            superset, f"filter: {each['name']}", each["filterType"], target["datasetId"], lambda q=query: q
        )
        starts_set = each["controlValues"]["defaultToFirstItem"] and rows
        condition = [{"col": column, "op": "IN", "val": [rows[0][column]]}] if starts_set else []
        yield result, each["scope"]["excluded"], condition


def verify(base_url: str, username: str, password: str, *, dashboard: str = DASHBOARD) -> list[ChartResult]:
    """Return what each filter and chart of the dashboard shows when it is opened.

    Raises
    ------
    VerifyError
        If Superset does not answer, the login is refused, or there is no such dashboard or no chart on it.
    """
    superset = Superset(base_url, username, password)
    filters = list(_ask_filters(superset, dashboard))
    results = [result for result, _, _ in filters]
    charts = sorted(superset.charts(dashboard), key=lambda chart: str(chart["slice_name"]))
    if not charts:
        raise VerifyError(f"the dashboard {dashboard!r} has no chart; apply the assets again")
    for chart in charts:
        form = chart["form_data"]
        applied = [each for _, excluded, condition in filters if chart["id"] not in excluded for each in condition]
        datasource_id = int(form["datasource"].partition("__")[0])
        query = lambda f=form, c=applied: build_query(f, c)  # noqa: E731
        results.append(_ask(superset, chart["slice_name"], form["viz_type"], datasource_id, query)[0])
    return results


def main() -> int:
    """Print one line per chart; return the exit status."""
    parser = argparse.ArgumentParser(description="Check that every chart of the dashboard shows data.")
    parser.add_argument("base_url", help="for example http://127.0.0.1:8088")
    parser.add_argument("--dashboard", default=DASHBOARD, help="slug (default: %(default)s)")
    arguments = parser.parse_args()
    password = os.environ.get("SUPERSET_ADMIN_PASSWORD")
    if not password:
        print("SUPERSET_ADMIN_PASSWORD is not set", file=sys.stderr)
        return 1
    username = os.environ.get("SUPERSET_ADMIN_USERNAME", "admin")
    try:
        results = verify(arguments.base_url, username, password, dashboard=arguments.dashboard)
    except VerifyError as error:
        print(error, file=sys.stderr)
        return 1
    for result in results:
        print(result)
    return 0 if all(result.is_ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
