"""The file context that validations run in, and the Data Docs they are shown in.

``<project>/great_expectations`` is the context, ``<project>/docs/data_quality/index.html`` the Data Docs with the
newest result of each slice. The context is written anew for every validation, under a lock: runs at once wait
for each other, and a run killed half-way leaves nothing that the next one trips over.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.data_context import FileDataContext
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)

from tetra_expectations import pages

RESULTS_KEPT = 200
"""Results shown in Data Docs; quality.validation_results keeps the verdict on every slice."""


@contextmanager
def open_context(project_dir: Path) -> Iterator[FileDataContext]:
    """Yield a file context of our own making, alone in its directory."""
    root = project_dir / "great_expectations"
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file closes, and when the process dies
        for made_anew in ("expectations", "validation_definitions", "checkpoints"):
            shutil.rmtree(root / made_anew, ignore_errors=True)
        _drop_unreadable(root / "validations")
        (root / "great_expectations.yml").write_text(json.dumps(_configuration(root, project_dir)))
        yield gx.get_context(mode="file", context_root_dir=str(root))


def _configuration(root: Path, project_dir: Path) -> dict[str, Any]:
    """Return the context's configuration; JSON is YAML too."""

    def store(class_name: str, directory: Path) -> dict[str, Any]:
        backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(directory)}
        return {"class_name": class_name, "store_backend": backend}

    return {
        "config_version": 4.0,
        "plugins_directory": None,
        "stores": {
            "expectations_store": store("ExpectationsStore", root / "expectations"),
            "validation_results_store": store("ValidationResultsStore", root / "validations"),
            "checkpoint_store": store("CheckpointStore", root / "checkpoints"),
            "validation_definition_store": store("ValidationDefinitionStore", root / "validation_definitions"),
        },
        "expectations_store_name": "expectations_store",
        "validation_results_store_name": "validation_results_store",
        "checkpoint_store_name": "checkpoint_store",
        "data_docs_sites": {
            "data_quality": {
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": {
                    "class_name": "TupleFilesystemStoreBackend",
                    "base_directory": str(_docs(project_dir)),
                },
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            }
        },
        "analytics_enabled": False,
        "progress_bars": {"globally": False},
    }


def _docs(project_dir: Path) -> Path:
    return project_dir / "docs" / "data_quality"


def run_name(slice_key: str) -> str:
    """Return the name under which results of a slice are kept."""
    return f"slice_{slice_key}"  # a bare date would be taken for the run's time


def _drop_unreadable(validations: Path) -> None:
    """Remove results that a killed run wrote half."""
    for path in validations.rglob("*.json"):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            path.unlink()


def forget_slice(project_dir: Path, suite: str, slice_key: str) -> None:
    """Remove earlier results of the slice, and the oldest of all beyond what is kept."""
    validations = project_dir / "great_expectations" / "validations"
    docs = _docs(project_dir) / "validations"
    for directory in (validations, docs):
        shutil.rmtree(directory / Path(*suite.split(".")) / run_name(slice_key), ignore_errors=True)
    kept = sorted(validations.rglob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in kept[: max(0, len(kept) - RESULTS_KEPT + 1)]:  # room for the one to come
        path.unlink()
        (docs / path.relative_to(validations)).with_suffix(".html").unlink(missing_ok=True)


def suites_to_render(project_dir: Path, suite: str, suites: Iterable[str]) -> tuple[str, ...]:
    """Return the suites whose page is to be written beside a result: the one judged, and those that have none yet."""
    expectations = _docs(project_dir) / "expectations"
    return tuple(
        name for name in suites if name == suite or not (expectations / f"{name.replace('.', '/')}.html").exists()
    )


def show(
    context: FileDataContext,
    project_dir: Path,
    result: ExpectationSuiteValidationResult,
    *,
    suites: tuple[str, ...],
) -> None:
    """Render the page of the new result and the index, and the pages of the suites that the context has.

    Parameters
    ----------
    context : FileDataContext
        As :func:`open_context` gave it.
    project_dir : Path
        Where the site is.
    result : ExpectationSuiteValidationResult
        May differ from what Great Expectations kept of it: this is what is shown.
    suites : tuple of str
        Names of all suites, for the index.
    """
    site = _docs(project_dir)
    newest = ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(name=result.suite_name),
        run_id=result.meta["run_id"],
        batch_identifier=result.batch_id,
    )
    context.validation_results_store.set(newest, result)
    if not (site / "index.html").exists():
        context.build_data_docs(build_index=False)
    else:
        # Any: the parameter is annotated as a list of one kind, and both are built
        rendered: list[Any] = [ExpectationSuiteIdentifier(name=suite.name) for suite in context.suites.all()]
        context.build_data_docs(resource_identifiers=[newest, *rendered], build_index=False)
    pages.publish(site, project_dir / "great_expectations" / "validations", suites=suites)
