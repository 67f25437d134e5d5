"""What runs inside the containers does its job, and finds there what `make run` gives the same programs."""

import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from tetra.platform import environment, ports, secrets

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPTS = CHECKOUT / "include" / "docker"


def run(script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / script), *arguments]
    inherited = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, env=inherited | variables, capture_output=True, text=True, check=False)


def values(text: str) -> dict[str, str]:
    lines = [line.partition("=") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines}


def test_a_made_env_fills_every_secret_safely_and_differently_each_time(tmp_path: Path):
    assert run("make_env.py", "--output", str(tmp_path / "one")).returncode == 0
    assert run("make_env.py", "--output", str(tmp_path / "two")).returncode == 0
    one, two = (values((tmp_path / name).read_text(encoding="utf-8")) for name in ("one", "two"))
    example = values((CHECKOUT / ".env.example").read_text(encoding="utf-8"))
    keys = {name for name in example if name.endswith("_API_KEY")}  # of vendors: the user's own
    assert {one[name] for name in keys} == {""}
    empty = {name for name, value in example.items() if not value} - {"COMPOSE_PROFILES"} - keys
    assert len(empty) >= 13
    assert all(one[name] != two[name] and re.fullmatch(r"[A-Za-z0-9_-]{24,}={0,2}", one[name]) for name in empty)
    assert {name: value for name, value in one.items() if name not in empty} == {
        name: value for name, value in example.items() if name not in empty
    }
    assert len({one[name] for name in empty}) == len(empty)


def test_a_made_env_is_private_and_never_replaced(tmp_path: Path):
    path = tmp_path / "env"
    assert run("make_env.py", "--output", str(path)).returncode == 0
    before = path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = run("make_env.py", "--output", str(path))
    assert again.returncode == 1
    assert "left as it is" in again.stderr
    assert path.read_text(encoding="utf-8") == before


def test_the_made_fernet_key_is_one_that_airflow_accepts(tmp_path: Path):
    from cryptography.fernet import Fernet

    assert run("make_env.py", "--output", str(tmp_path / "env")).returncode == 0
    key = values((tmp_path / "env").read_text(encoding="utf-8"))["TETRA_AIRFLOW_FERNET_KEY"]
    fernet = Fernet(key.encode())
    assert fernet.decrypt(fernet.encrypt(b"kept")) == b"kept"


def test_the_password_file_is_private_and_says_what_the_environment_says(tmp_path: Path):
    path = tmp_path / "airflow" / "passwords.json"
    given = {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(path)}
    for password in ('first "quoted"', "second"):
        assert run("airflow_passwords.py", TETRA_AIRFLOW_ADMIN_PASSWORD=password, **given).returncode == 0
        assert json.loads(path.read_text(encoding="utf-8")) == {"admin": password}
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_no_password_file_is_written_without_a_password(tmp_path: Path):
    path = tmp_path / "passwords.json"
    result = run("airflow_passwords.py", AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=str(path))
    assert result.returncode == 1
    assert "TETRA_AIRFLOW_ADMIN_PASSWORD must be set" in result.stderr
    assert not path.exists()


PAGES = {
    "/health": (200, {"dag_processor": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}}),
    "/none": (200, {"dag_processor": {"status": None}}),
    "/text": (200, "OK"),
    "/error": (500, "sorry"),
}


class Answers(BaseHTTPRequestHandler):
    """Serves healthy, sick and broken pages."""

    def do_GET(self) -> None:
        status, body = PAGES[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("paths", "component", "code", "said"),
    [
        (["/text"], None, 0, ""),
        (["/text", "/health"], None, 0, ""),
        (["/health"], "dag_processor", 0, ""),
        (["/text", "/error"], None, 1, "/error: HTTP Error 500"),
        (["/health"], "triggerer", 1, "triggerer is unhealthy"),
        (["/none"], "dag_processor", 1, "dag_processor is None"),
        (["/health"], "scheduler", 1, "does not tell the health of scheduler"),
        (["/text"], "scheduler", 1, "does not tell the health of scheduler"),
    ],
)
def test_the_health_check_tells_sick_from_healthy(server: str, paths, component, code, said):
    options = [f"--component={component}"] if component else []
    # a proxy for the outside world must not be asked for the neighbour
    proxy = {"http_proxy": "http://127.0.0.1:9"}
    result = run("http_check.py", *(server + path for path in paths), *options, **proxy)
    assert result.returncode == code, result.stderr
    assert said in result.stderr


def test_the_health_check_fails_where_nothing_listens(tmp_path: Path):
    with HTTPServer(("127.0.0.1", 0), Answers) as closed:
        port = closed.server_port
    result = run("http_check.py", f"http://127.0.0.1:{port}/health")
    assert result.returncode == 1
    assert "refused" in result.stderr


def image_settings(dockerfile: str) -> set[str]:
    text = (SCRIPTS / dockerfile).read_text(encoding="utf-8")
    block = text[text.index("\nENV ") :].split("\nUSER", 1)[0]
    return set(re.findall(r"(\w+)=", block))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> environment.Installation:
    monkeypatch.setenv("TETRA_DATABASE_URL", "postgresql://postgres:x@localhost:1/postgres")
    return environment.Installation(tmp_path, dict(ports.PREFERRED), secrets.load(tmp_path))


@pytest.mark.parametrize(
    ("service", "dockerfile", "settings", "otherwise"),
    [
        # the containers' tasks have no business with the administrator's URL
        ("airflow-scheduler", "airflow.Dockerfile", environment.airflow_environment, {"TETRA_DATABASE_URL"}),
        # the reader's URL carries the password
        ("superset-init", "superset.Dockerfile", environment.superset_environment,
         {"TETRA_DATABASE_URL", "TETRA_READER_PASSWORD", "NUMBA_CACHE_DIR"}),
    ],
    ids=["airflow", "superset"],
)  # fmt: skip
def test_a_container_sets_every_variable_that_make_run_sets(
    here, monkeypatch, service, dockerfile, settings, otherwise
):
    for name in [name for name in os.environ if name.startswith(("TETRA_", "AIRFLOW", "DBT_", "SUPERSET"))]:
        if name != "TETRA_DATABASE_URL":
            monkeypatch.delenv(name)
    wanted = {
        name
        for name in settings(here)
        if name.startswith(("AIRFLOW", "TETRA_", "DBT_", "NUMBA_", "SUPERSET_", "FLASK_", "PYTHONPATH"))
    }
    assert len(wanted) >= 8
    composed = yaml.safe_load((CHECKOUT / "docker-compose.yaml").read_text(encoding="utf-8"))["services"][service]
    given = set(composed["environment"]) | image_settings(dockerfile)
    for name in composed.get("env_file", []):
        given |= set(values((CHECKOUT / name).read_text(encoding="utf-8")))
    assert wanted - given - otherwise == set()


def test_the_images_install_with_the_uv_that_make_installs():
    wanted = re.search(
        r'^UV_VERSION = "(.+)"$',
        (CHECKOUT / "include" / "bootstrap.py").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert wanted
    for name in ("airflow.Dockerfile", "superset.Dockerfile"):
        assert f"ARG UV_VERSION={wanted[1]}\n" in (SCRIPTS / name).read_text(encoding="utf-8")


def test_the_celery_executor_loads_with_the_locked_packages(tmp_path: Path):
    """The provider allows releases of Celery that it cannot import (5.7 dropped what it needs)."""
    code = "from airflow.providers.celery.executors import celery_executor as module; print(module.app.main)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "AIRFLOW_HOME": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-2000:]
