"""What each tool finds in its environment: Airflow, dbt, Superset and our own code, from ports, secrets and one server.

The static half of Airflow's settings is ``include/config/airflow.env``, which ``docker-compose.yaml`` reads too.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from tetra.database.embedded import EmbeddedServer
from tetra.database.provision import Server
from tetra.errors import SettingsError
from tetra.platform import ports, secrets
from tetra.settings import CHECKOUT, config_dir, state_dir

PYTHON_PATH = ("include", "plugins", "great_expectations")
SUPERSET_ENVIRONMENT = CHECKOUT / ".tetra" / "environments" / "superset"


@dataclass(frozen=True)
class Installation:
    """One state directory with its ports, secrets and database server."""

    state: Path
    ports: dict[str, int]
    secrets: dict[str, str]

    @cached_property
    def embedded(self) -> EmbeddedServer:
        """The embedded PostgreSQL of this installation, running or not."""
        return EmbeddedServer(self.state, port=self.ports["postgres"], password=self.secrets["postgres_password"])

    @cached_property
    def external_url(self) -> str | None:
        """The administrator's URL of another server, or None to use the embedded one.

        Given once by ``TETRA_DATABASE_URL`` it is kept for later commands; ``TETRA_DATABASE_URL=embedded`` goes back.
        """
        path = self.state / "database-url"
        given = os.environ.get("TETRA_DATABASE_URL")
        if given == "embedded":
            path.unlink(missing_ok=True)
            return None
        if given:
            if urlsplit(given).scheme not in {"postgresql", "postgres"}:
                raise SettingsError(
                    f"TETRA_DATABASE_URL starts with {given.split(':', 1)[0]!r}; expected postgresql://user:password@host:port/database"
                )
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(given)
            return given
        return path.read_text(encoding="utf-8").strip() if path.exists() else None

    @cached_property
    def server(self) -> Server:
        """The administrator's way into the server in use."""
        return Server(self.external_url or self.embedded.url)

    def database_url(self, role: str, database: str = "tetra") -> str:
        """Return the libpq URL of one of our roles (``owner``, ``airflow`` …)."""
        return self.server.url_for(role=f"tetra_{role}", password=self.secrets[f"{role}_password"], database=database)

    @property
    def airflow_url(self) -> str:
        """Base URL of Airflow's UI and API."""
        return f"http://127.0.0.1:{self.ports['airflow']}"

    @property
    def superset_url(self) -> str:
        """Base URL of Superset."""
        return f"http://127.0.0.1:{self.ports['superset']}"

    @property
    def docs_url(self) -> str:
        """Base URL of the generated documentation."""
        return f"http://127.0.0.1:{self.ports['docs']}"


def installation(*, prefer_usual_ports: bool = True) -> Installation:
    """Return the installation of the current state directory, making directory, ports and secrets if new."""
    state = state_dir()
    state.mkdir(parents=True, exist_ok=True)
    _keep_private(state / "logs")
    return Installation(state, ports.choose(state, prefer_usual=prefer_usual_ports), secrets.load(state))


def _keep_private(directory: Path) -> None:
    """Make a directory that nobody else can read, or make it so: logs quote statements, addresses and errors."""
    directory.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(directory.stat().st_mode) & 0o077:
        directory.chmod(0o700)


def _base(here: Installation) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DBT_", "SUPERSET"))
    }
    bin_directory = str(Path(sys.executable).parent)
    return inherited | {
        "PATH": f"{bin_directory}{os.pathsep}{inherited.get('PATH', os.defpath)}",
        "PYTHONPATH": os.pathsep.join(str(CHECKOUT / part) for part in PYTHON_PATH),
        "TETRA_STATE_DIR": str(here.state),
        "TETRA_OWNER_URL": here.database_url("owner"),
        "TETRA_WRITER_URL": here.database_url("writer"),
        "TETRA_READER_URL": here.database_url("reader"),
        "NUMBA_CACHE_DIR": str(here.state / "cache" / "numba"),
        "OMP_WAIT_POLICY": "PASSIVE",  # idle threads of one mapped task must not spin on the cores of another
    }


def static_airflow_settings() -> dict[str, str]:
    """Return the settings of ``include/config/airflow.env``."""
    settings = {}
    for line in (config_dir() / "airflow.env").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, value = line.partition("=")
            settings[name.strip()] = value.strip()
    return settings


def dbt_variables(here: Installation) -> dict[str, str]:
    """Return what ``dbt_project/profiles.yml`` reads."""
    parts = urlsplit(here.database_url("owner"))
    return {
        "TETRA_DBT_HOST": parts.hostname or "",
        "TETRA_DBT_PORT": str(parts.port or 5432),
        "TETRA_DBT_DATABASE": "tetra",
        "TETRA_DBT_USER": "tetra_owner",
        "TETRA_DBT_PASSWORD": here.secrets["owner_password"],
        "DBT_PROJECT_DIR": str(CHECKOUT / "dbt_project"),
        "DBT_PROFILES_DIR": str(CHECKOUT / "dbt_project"),
        "DBT_TARGET_PATH": str(here.state / "dbt" / "target"),
        "DBT_LOG_PATH": str(here.state / "logs" / "dbt"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def airflow_environment(here: Installation) -> dict[str, str]:
    """Return the whole environment of Airflow's components and of its tasks."""
    home = here.state / "airflow"
    metadata = here.database_url("airflow", "tetra_airflow").replace("postgresql://", "postgresql+psycopg2://", 1)
    dynamic = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(CHECKOUT / "plugins"),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # one process per core and a few that wait on the database
        "AIRFLOW__CORE__PARALLELISM": str(max(4, (os.cpu_count() or 2) + 2)),
        "AIRFLOW__CORE__FERNET_KEY": here.secrets["airflow_fernet_key"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{here.airflow_url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(here.ports["airflow"]),
        "AIRFLOW__API__BASE_URL": here.airflow_url,
        "AIRFLOW__API__SECRET_KEY": here.secrets["airflow_api_secret_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": here.secrets["airflow_jwt_secret"],
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(here.state / "logs" / "airflow"),
        "AIRFLOW__DAG_PROCESSOR__CHILD_PROCESS_LOG_DIRECTORY": str(here.state / "logs" / "airflow" / "dag_processor"),
        "AIRFLOW_CONN_WAREHOUSE": here.database_url("writer"),
        "AIRFLOW_CONN_WAREHOUSE_OWNER": here.database_url("owner"),
    }
    return _base(here) | static_airflow_settings() | dynamic | dbt_variables(here)


def superset_environment(here: Installation) -> dict[str, str]:
    """Return the whole environment of Superset and of the scripts in ``include/superset``."""
    metadata = here.database_url("superset", "tetra_superset").replace("postgresql://", "postgresql+psycopg2://", 1)
    base = _base(here)
    del base["TETRA_OWNER_URL"], base["TETRA_WRITER_URL"]  # Superset reads
    return base | {
        "PATH": f"{SUPERSET_ENVIRONMENT / 'bin'}{os.pathsep}{base['PATH']}",
        "PYTHONPATH": str(CHECKOUT / "include" / "superset"),
        "FLASK_APP": "superset.app:create_app()",
        "SUPERSET_HOME": str(here.state / "superset"),
        "SUPERSET_CONFIG_PATH": str(CHECKOUT / "include" / "superset" / "superset_config.py"),
        "SUPERSET_SECRET_KEY": here.secrets["superset_secret_key"],
        "SUPERSET_METADATA_URI": metadata,
        "SUPERSET_ADMIN_PASSWORD": here.secrets["superset_admin_password"],
        "TETRA_READER_PASSWORD": here.secrets["reader_password"],
    }


def write_airflow_passwords(here: Installation) -> None:
    """Write the file from which Airflow's simple auth manager reads the password of ``admin``."""
    path = here.state / "airflow" / "passwords.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"admin": here.secrets["airflow_admin_password"]}, file)
