"""Passwords and keys: given by environment, else generated once and kept in ``<state>/secrets.json`` (0600)."""

from __future__ import annotations

import base64
import json
import os
import secrets as random_source
from collections.abc import Callable
from pathlib import Path

from tetra.errors import PlatformError


def _password() -> str:
    return random_source.token_urlsafe(18)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(random_source.token_bytes(32)).decode()


GENERATORS: dict[str, Callable[[], str]] = {
    "postgres_password": _password,
    "owner_password": _password,
    "writer_password": _password,
    "reader_password": _password,
    "airflow_password": _password,
    "superset_password": _password,
    "airflow_admin_password": _password,
    "superset_admin_password": _password,
    "supervisor_password": _password,
    "airflow_fernet_key": _fernet_key,
    "airflow_jwt_secret": lambda: random_source.token_urlsafe(64),
    "airflow_api_secret_key": lambda: random_source.token_urlsafe(48),
    "superset_secret_key": lambda: random_source.token_urlsafe(48),
    "instance_id": lambda: random_source.token_hex(16),
}


def environment_name(name: str) -> str:
    """Return the environment variable that overrides a secret: ``owner_password`` is ``TETRA_OWNER_PASSWORD``."""
    return f"TETRA_{name.upper()}"


def load(state: Path) -> dict[str, str]:
    """Return every secret, generating and keeping those that neither environment nor file holds.

    Raises
    ------
    PlatformError
        If the file exists and is not readable as JSON: its passwords are in use and must not be replaced silently.
    """
    path = state / "secrets.json"
    kept: dict[str, str] = {}
    if path.exists():
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise PlatformError(f"{path} is damaged ({error}); restore it, or `make clean` to start afresh") from error
    missing = [name for name in GENERATORS if name not in kept]
    if missing:
        kept |= {name: GENERATORS[name]() for name in missing}
        temporary = path.with_suffix(".partial")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=2)
        temporary.replace(path)
    return {name: os.environ.get(environment_name(name), kept[name]) for name in GENERATORS}
