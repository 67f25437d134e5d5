"""A process that lands what its configuration names, again and again, for a test that kills it.

Every line on standard input forks a child that lands; its process id is printed, and when it is over its exit status
(negative: the signal that ended it). So the libraries are imported once, and the moments of killing fall on landing.
"""

from __future__ import annotations

import os
import sys
from datetime import date

import psycopg

from tetra.data.ingest import IngestRequest, ingest
from tetra.settings import warehouse_url

APPLICATION = "tetra-killed-landing"


def land(first: date, last: date) -> None:
    """Land the sessions between two dates."""
    with psycopg.connect(warehouse_url("writer"), application_name=APPLICATION) as connection:
        ingest(connection, IngestRequest(first, last))


def main() -> None:
    """Fork a child that lands the sessions between the two dates given, for every line that arrives."""
    first, last = (date.fromisoformat(argument) for argument in sys.argv[1:])
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            land(first, last)
            os._exit(0)
        _tell(child)
        _, status = os.waitpid(child, 0)
        _tell(os.waitstatus_to_exitcode(status))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
