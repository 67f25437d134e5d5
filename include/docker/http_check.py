"""Health check of a container: exit 0 when every URL answers with success, else say what is wrong and exit 1.

Run by docker inside the container (``healthcheck`` in docker-compose.yaml); the slim images have no curl.
With ``--component``, the answer is Airflow's ``/api/v2/monitor/health`` and that component must be healthy in
it: ``airflow jobs check`` would import the whole of Airflow at every check.
"""

import argparse
import json
import sys
import urllib.request
from http.client import HTTPException

TIMEOUT_SECONDS = 8
# a proxy set for the whole of docker is not for the way from one container to the next
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def problem_with(url: str, component: str | None) -> str | None:
    """Return what is wrong with one URL, or None.

    Parameters
    ----------
    url : str
        What to fetch; redirects are followed.
    component : str or None
        A key of Airflow's health answer (``dag_processor``, ``triggerer`` …) that must be healthy.
    """
    try:
        with OPENER.open(url, timeout=TIMEOUT_SECONDS) as response:
            body = response.read()
    except (OSError, HTTPException) as error:  # refused, timed out, no HTTP, or an error status
        return f"{url}: {error}"
    if component is None:
        return None
    try:
        status = json.loads(body)[component]["status"]
    except (ValueError, KeyError, TypeError) as error:
        return f"{url} does not tell the health of {component}: {error!r}"
    return None if status == "healthy" else f"{component} is {status}"


def main(arguments: list[str]) -> int:
    """Check what the command line names and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("urls", nargs="+", metavar="URL")
    parser.add_argument("--component")
    options = parser.parse_args(arguments)
    problems = [problem for url in options.urls if (problem := problem_with(url, options.component))]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
