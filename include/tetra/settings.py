"""Where things are and how to reach the database, from Tetra's environment variables.

=====================  ====================================================================================
variable               meaning
=====================  ====================================================================================
TETRA_STATE_DIR        where everything Tetra makes lives (default: ``.tetra`` in the checkout)
TETRA_CONFIG_DIR       the YAML that people edit (default: ``include/config``)
TETRA_OWNER_URL        libpq URL of the warehouse as ``tetra_owner`` (migrations, dbt)
TETRA_WRITER_URL       the same as ``tetra_writer`` (operators)
TETRA_READER_URL       the same as ``tetra_reader`` (Superset, ``make sql``)
TETRA_DATABASE_URL     an administrator's URL of another PostgreSQL server, instead of the embedded one
=====================  ====================================================================================

Vendors' keys are read where they are used (``tetra.sources``), from the variables that ``sources.yaml`` names:
``TETRA_POLYGON_API_KEY``, ``TETRA_COINGECKO_API_KEY``, ``FRED_API_KEY``, ``TETRA_NEWSAPI_API_KEY``,
``TETRA_ALPHAVANTAGE_API_KEY``.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Literal

import yaml

from tetra.errors import SettingsError

Role = Literal["owner", "writer", "reader"]

CHECKOUT = Path(__file__).resolve().parents[2]
"""Root of the checkout (or of the container's copy of it)."""


def state_dir() -> Path:
    """Return the directory that holds everything Tetra makes."""
    return Path(os.environ.get("TETRA_STATE_DIR", CHECKOUT / ".tetra")).resolve()


def config_dir() -> Path:
    """Return the directory of the YAML files that people edit."""
    return Path(os.environ.get("TETRA_CONFIG_DIR", CHECKOUT / "include" / "config")).resolve()


def warehouse_url(role: Role) -> str:
    """Return the libpq URL of the warehouse for one of its roles.

    Raises
    ------
    SettingsError
        If the environment does not say; ``make`` targets and the containers set it.
    """
    variable = f"TETRA_{role.upper()}_URL"
    url = os.environ.get(variable)
    if not url:
        raise SettingsError(
            f"{variable} is not set; run through make, or export the URL of the warehouse as tetra_{role}"
        )
    return url


class _StrictLoader(yaml.SafeLoader):
    """Refuses what YAML lets pass in silence: a key given twice, of which the last would win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                mark = key_node.start_mark
                raise yaml.YAMLError(f"key {key!r} stands twice, again in line {mark.line + 1}; rename or delete one")
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_date(self, node: yaml.ScalarNode) -> Any:
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError as error:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"{node.value!r} in line {line} is no date ({error}); write YYYY-MM-DD") from error


_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", _StrictLoader.construct_date)


def load_yaml(name: str) -> dict[str, Any]:
    """Return the mapping in ``<config_dir>/<name>``.

    Raises
    ------
    SettingsError
        If the file is absent, is not YAML or is not a mapping.
    """
    path = config_dir() / name
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except FileNotFoundError as error:
        raise SettingsError(f"{path} does not exist; restore it from git or set TETRA_CONFIG_DIR") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path} must hold a mapping, found {type(content).__name__}")
    return content


def fingerprint() -> str:
    """Return a hash of all code and configuration that decides what the pipelines compute.

    Two runs with the same fingerprint, as-of date and landed data give the same rows.
    """
    roots = (
        (CHECKOUT / "include" / "tetra", "*.py"),
        (CHECKOUT / "include" / "sql", "*.sql"),
        (CHECKOUT / "dbt_project", "*.sql"),
        (CHECKOUT / "dbt_project", "*.yml"),
        (CHECKOUT / "dbt_project", "*.csv"),
        (CHECKOUT / "great_expectations", "*.py"),
        (CHECKOUT / "plugins", "*.py"),
        (config_dir(), "*.yaml"),
    )
    digest = hashlib.sha256()
    for root, pattern in roots:
        for path in sorted(root.rglob(pattern)):
            relative = path.relative_to(root)
            if relative.parts[0] in {"target", "logs", "platform"}:
                continue
            digest.update(f"{root.name}/{relative.as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
