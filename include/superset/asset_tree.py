"""The dashboards as files: read, checked for links that lead nowhere, and given the warehouse's address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import yaml

WAREHOUSE = "{{ warehouse }}"
"""Stands in ``databases/*.yaml`` where the address goes: hosts and ports are the deployment's, not git's."""


class AssetError(Exception):
    """What is wrong, and what to do about it."""


def warehouse_uri(reader_url: str) -> str:
    """Return the reader's libpq URL as Superset's URI, without the password."""
    parts = urlsplit(reader_url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.username or not parts.hostname:
        raise AssetError("TETRA_READER_URL must read postgresql://tetra_reader:…@host:port/database")
    address = parts.netloc.rpartition("@")[2]
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    return urlunsplit(("postgresql+psycopg2", f"{user}@{address}", parts.path, parts.query, ""))


def load_assets(root: Path, *, uri: str) -> dict[str, str]:
    """Return path below ``root`` → YAML text, the warehouse's address put in.

    Raises
    ------
    AssetError
        If a file is not YAML or refers to one that is not there.
    """
    trees: dict[str, dict[str, Any]] = {}
    for path in sorted(root.rglob("*.yaml")):
        name = path.relative_to(root).as_posix()
        try:
            trees[name] = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise AssetError(f"{path} is not valid YAML: {error}") from error
        if name.startswith("databases/"):
            trees[name]["sqlalchemy_uri"] = trees[name]["sqlalchemy_uri"].replace(WAREHOUSE, uri)
    for name, missing in dangling_references(trees):
        raise AssetError(f"{root / name} refers to {missing}, which no file below {root} defines")
    return {name: yaml.safe_dump(tree, sort_keys=False, allow_unicode=True) for name, tree in trees.items()}


def uuids_in(trees: dict[str, dict[str, Any]], folder: str) -> set[str]:
    """Return the uuids that the files of a folder define."""
    return {str(tree["uuid"]) for name, tree in trees.items() if name.startswith(f"{folder}/")}


def dangling_references(trees: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield (file, missing uuid) for links that lead nowhere: Superset's importer skips some of them in silence."""
    databases, datasets, charts = (uuids_in(trees, folder) for folder in ("databases", "datasets", "charts"))
    for name, tree in trees.items():
        links: list[tuple[str, set[str]]] = []
        if name.startswith("datasets/"):
            links = [(tree["database_uuid"], databases)]
        elif name.startswith("charts/"):
            links = [(tree["dataset_uuid"], datasets)]
        elif name.startswith("dashboards/"):
            parts = [part for part in tree["position"].values() if isinstance(part, dict)]
            links = [(part["meta"]["uuid"], charts) for part in parts if part["type"] == "CHART"]
            filters = tree["metadata"]["native_filter_configuration"]
            links += [(target["datasetUuid"], datasets) for each in filters for target in each["targets"]]
        yield from ((name, uuid) for uuid, defined in links if uuid not in defined)
