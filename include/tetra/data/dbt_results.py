"""What a dbt command built or found: its ``run_results.json`` or ``sources.json``, boiled down."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DbtResults:
    """Outcome of one dbt command.

    Parameters
    ----------
    nodes : tuple of dict
        ``name``, ``status``, ``seconds``, ``rows`` and ``message`` of each model, test or seed.
    """

    nodes: tuple[dict[str, Any], ...]

    @property
    def records(self) -> int:
        """Rows written by models and seeds."""
        return sum(node["rows"] for node in self.nodes)

    def failures(self) -> str:
        """Return the nodes that failed, with dbt's message, or an empty string."""
        bad = [node for node in self.nodes if node["status"] in {"error", "fail", "runtime error"}]
        return "; ".join(f"{node['name']}: {node['message']}" for node in bad)

    def as_json(self) -> dict[str, Any]:
        """Return a JSON-safe report: how many nodes ended how, and the seconds of each model."""
        statuses: dict[str, int] = {}
        for node in self.nodes:
            statuses[node["status"]] = statuses.get(node["status"], 0) + 1
        timings = {node["name"]: node["seconds"] for node in self.nodes if node["name"].startswith(("model.", "seed."))}
        return {"statuses": statuses, "seconds": timings}


def read(target: Path) -> DbtResults:
    """Return the results below dbt's target directory; none where dbt ended before it wrote any."""
    path = target / "run_results.json"
    if not path.exists():
        return DbtResults(())
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return DbtResults(
        tuple(
            {
                "name": result["unique_id"],
                "status": result["status"],
                "seconds": round(result["execution_time"], 3),
                "rows": max(int(result.get("adapter_response", {}).get("rows_affected") or 0), 0)
                if result["unique_id"].startswith(("model.", "seed."))
                else 0,
                "message": result.get("message"),
            }
            for result in results
        )
    )


def read_freshness(target: Path) -> dict[str, dict[str, Any]]:
    """Return what ``dbt source freshness`` found, by source table; nothing where dbt ended before it wrote any.

    ``status`` is pass, warn, error (both stale) or runtime error (could not be looked at, ``message`` says why);
    ``max_loaded_at`` is None where the table is empty.
    """
    path = target / "sources.json"
    if not path.exists():
        return {}
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {
        ".".join(result["unique_id"].split(".")[2:]): {
            "status": result["status"],
            "max_loaded_at": _loaded_at(result.get("max_loaded_at")),
            "message": result.get("error"),
        }
        for result in results
    }


def _loaded_at(text: str | None) -> str | None:
    """Return when the newest row was loaded; dbt has year 1 for a table without rows."""
    return None if text is None or text.startswith("0001-") else text
