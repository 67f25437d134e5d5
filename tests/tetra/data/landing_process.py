"""A process that lands what its configuration names, for a test that kills it: says when it is ready, waits, lands."""

from __future__ import annotations

import sys
from datetime import date

import psycopg

from tetra.data.ingest import IngestRequest, ingest
from tetra.settings import warehouse_url

APPLICATION = "tetra-killed-landing"


def main() -> None:
    """Land the sessions between the two dates given, once a line arrives on standard input."""
    first, last = (date.fromisoformat(argument) for argument in sys.argv[1:])
    with psycopg.connect(warehouse_url("writer"), application_name=APPLICATION) as connection:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        ingest(connection, IngestRequest(first, last))


if __name__ == "__main__":
    main()
