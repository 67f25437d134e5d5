"""The task that ``area_data`` measures: land what the configuration names, and say what was written as JSON."""

from __future__ import annotations

import json
import sys
from datetime import date

import psycopg

from tetra.data.ingest import IngestRequest, ingest
from tetra.settings import warehouse_url


def main() -> int:
    """Land the sessions between the two dates given; return the exit status."""
    first, last = (date.fromisoformat(argument) for argument in sys.argv[1:])
    with psycopg.connect(warehouse_url("writer")) as connection:
        report = ingest(connection, IngestRequest(first, last))
    bars = next(table for table in report.tables if table.table == "market_data.ohlcv")
    sys.stdout.write(json.dumps({"inserted": bars.inserted, "written": report.records}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
