"""What each tool finds in its environment, and which server is used."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tetra.errors import SettingsError
from tetra.platform import environment
from tetra.platform.environment import Installation


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("TETRA_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("TETRA_DATABASE_URL", raising=False)
    return environment.installation(prefer_usual_ports=False)


EXTERNAL = "postgresql://boss:p%40ss@db.example:6000/postgres?sslmode=require"


def test_another_server_is_kept_until_embedded_is_asked_for(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here.external_url is None
    monkeypatch.setenv("TETRA_DATABASE_URL", EXTERNAL)
    assert environment.installation().external_url == EXTERNAL
    assert stat.S_IMODE((here.state / "database-url").stat().st_mode) == 0o600
    monkeypatch.delenv("TETRA_DATABASE_URL")
    assert environment.installation().external_url == EXTERNAL
    monkeypatch.setenv("TETRA_DATABASE_URL", "embedded")
    assert environment.installation().external_url is None
    monkeypatch.delenv("TETRA_DATABASE_URL")
    assert environment.installation().external_url is None


def test_nobody_else_can_read_the_logs(here: Installation) -> None:
    logs = here.state / "logs"
    assert stat.S_IMODE(logs.stat().st_mode) == 0o700
    logs.chmod(0o755)  # as an older version made it
    (logs / "superset.log").touch()
    environment.installation()
    assert stat.S_IMODE(logs.stat().st_mode) == 0o700
    assert (logs / "superset.log").exists()


def test_roles_reach_the_other_server_with_its_options(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TETRA_DATABASE_URL", EXTERNAL)
    monkeypatch.setenv("TETRA_WRITER_PASSWORD", "a/b@c")
    url = environment.installation().database_url("writer")
    assert url == "postgresql://tetra_writer:a%2Fb%40c@db.example:6000/tetra?sslmode=require"


def test_a_url_of_something_else_is_refused(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TETRA_DATABASE_URL", "mysql://x")
    with pytest.raises(SettingsError, match=r"starts with 'mysql'; expected postgresql://"):
        _ = environment.installation().external_url


def test_no_airflow_or_dbt_setting_of_the_caller_leaks_in(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "999")
    monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "True")
    monkeypatch.setenv("DBT_TARGET", "production")
    settings = environment.airflow_environment(here)
    assert settings["AIRFLOW__CORE__PARALLELISM"] != "999"
    assert settings["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert "DBT_TARGET" not in settings


def test_superset_gets_only_the_reader(here: Installation) -> None:
    settings = environment.superset_environment(here)
    for role in ("owner", "writer"):
        assert f"TETRA_{role.upper()}_URL" not in settings
        assert not [name for name, value in settings.items() if here.secrets[f"{role}_password"] in value]
    assert here.secrets["reader_password"] in settings["TETRA_READER_URL"]
