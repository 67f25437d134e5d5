"""The compose file is right as it stands, and each check is seen to fail on a copy broken in one way.

No docker: the schema comes with check-jsonschema, the rest from include/docker/check_compose.py.
"""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    """A script of include/docker as a module; the folder is no package."""
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / "include" / "docker" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


check_compose = load("check_compose")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the checks read, in a folder that may be broken."""
    for name in ("docker-compose.yaml", ".env.example", ".dockerignore", "requirements.txt"):
        shutil.copy(CHECKOUT / name, tmp_path / name)
    for name in ("docker", "config", "superset"):
        shutil.copytree(CHECKOUT / "include" / name, tmp_path / "include" / name)
    for name in ("dags", "plugins", "dbt_project", "great_expectations"):
        (tmp_path / name).mkdir()
    assert check_compose.problems(tmp_path) == []
    return tmp_path


def schema_check(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_nothing_is_wrong_with_the_composition():
    composition = check_compose.Composition(CHECKOUT)
    assert len(composition.services) >= 10, "an empty file would pass every check"
    assert check_compose.problems(CHECKOUT) == []


def test_the_composition_is_valid_against_the_compose_schema():
    result = schema_check(CHECKOUT / "docker-compose.yaml")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  timescaledb:\n    image:", "  timescaledb:\n    imagine: x\n    image:"),
        ("{condition: service_healthy}", "{condition: service_is_fine}"),
        ("shm_size: 512mb", "shm_size: [512]"),
    ],
    ids=["unknown key", "unknown condition", "wrong type"],
)
def test_a_misspelt_composition_fails_the_schema(copy: Path, old: str, new: str):
    path = copy / "docker-compose.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    result = schema_check(path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Schema validation errors were encountered" in result.stdout


MUTATIONS = yaml.safe_load((Path(__file__).parent / "mutations.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation["name"] for mutation in MUTATIONS])
def test_a_composition_broken_in_one_way_is_told(copy: Path, mutation: dict[str, str]):
    path = copy / mutation["file"]
    text = path.read_text(encoding="utf-8")
    assert mutation["find"] in text, "the mutation found nothing to break"
    path.write_text(text.replace(mutation["find"], mutation["replace"]), encoding="utf-8")
    check = getattr(check_compose, mutation["fails"])
    found = list(check(check_compose.Composition(copy)))
    assert any(mutation["says"] in problem for problem in found), found


def test_every_check_is_broken_by_some_mutation():
    assert {mutation["fails"] for mutation in MUTATIONS} == {check.__name__ for check in check_compose.CHECKS}


def test_celery_waits_in_its_profile_and_the_local_executor_is_the_default():
    services = yaml.safe_load((CHECKOUT / "docker-compose.yaml").read_text(encoding="utf-8"))["services"]
    assert {name for name, service in services.items() if "profiles" in service} == {
        "redis",
        "airflow-worker",
    }
    executors = {service.get("environment", {}).get("AIRFLOW__CORE__EXECUTOR") for service in services.values()} - {
        None
    }
    assert executors == {"${TETRA_EXECUTOR:-LocalExecutor}"}


def test_only_the_migrations_know_the_administrator():
    services = yaml.safe_load((CHECKOUT / "docker-compose.yaml").read_text(encoding="utf-8"))["services"]
    knowing = {name for name, service in services.items() if "TETRA_POSTGRES_PASSWORD" in yaml.safe_dump(service)}
    assert knowing == {"timescaledb", "migrate"}
    superset = yaml.safe_dump([services["superset"], services["superset-init"]])
    assert "OWNER" not in superset
    assert "WRITER" not in superset
