"""The one place that imports the DAGs, with a scratch SQLite home so that nothing of a real Airflow is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

EXPORT = """
import json, sys, time, warnings
started = time.perf_counter()
from airflow.dag_processing.dagbag import DagBag
imported = time.perf_counter()
bag = DagBag(dag_folder=sys.argv[1], safe_mode=False)
heavy = sorted({name.partition('.')[0] for name in sys.modules}
    & {'numpy', 'pandas', 'scipy', 'numba', 'great_expectations', 'dbt', 'psycopg', 'tetra', 'arch', 'skfolio'})
print(json.dumps({
    'import_errors': bag.import_errors,
    'parse_seconds': time.perf_counter() - imported,
    'heavy_modules': heavy,
    'dags': {dag.dag_id: {
        'tags': sorted(dag.tags), 'doc': dag.doc_md, 'catchup': dag.catchup, 'max_active_runs': dag.max_active_runs,
        'timetable': type(dag.timetable).__name__,
        'timetable_text': repr(dag.timetable),
        'fileloc': dag.fileloc,
        'params': {name: {'default': p.value, 'schema': p.schema, 'description': p.description}
            for name, p in ((n, dag.params.get_param(n)) for n in dag.params)},
        'tasks': {t.task_id: {
            'type': t.task_type, 'owner': t.owner, 'retries': t.retries, 'downstream': sorted(t.downstream_task_ids),
            'timeout': t.execution_timeout.total_seconds() if t.execution_timeout else None,
            'on_failure': bool(t.on_failure_callback),
            'outlets': sorted(o.name for o in t.outlets),
        } for t in dag.tasks},
    } for dag in bag.dags.values()},
}, default=str))
"""


@pytest.fixture(scope="session")
def dag_bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow makes of ``dags/``, parsed in a process of its own as the DAG processor does."""
    home = tmp_path_factory.mktemp("airflow")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TETRA"))}
    environment |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(CHECKOUT / "plugins"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "PYTHONPATH": os.pathsep.join(str(CHECKOUT / part) for part in ("include", "plugins", "great_expectations")),
    }
    result = subprocess.run(
        [sys.executable, "-c", EXPORT, str(CHECKOUT / "dags")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout.splitlines()[-1]))
