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


def read_freshness(target: Path) -> dict[str, dict[str, str | None]]:
    """Return what ``dbt source freshness`` found, by source table that has a threshold.

    ``status`` is pass, warn or error (both stale), and None of a table that could not be looked at, which dbt leaves
    out of its results; ``max_loaded_at`` is None where the table is empty.
    """
    manifest = target / "manifest.json"
    if not manifest.exists():  # dbt ended before it had parsed the project
        return {}
    found = target / "sources.json"
    results = json.loads(found.read_text(encoding="utf-8"))["results"] if found.exists() else []
    states = {result["unique_id"]: result for result in results}
    sources = json.loads(manifest.read_text(encoding="utf-8"))["sources"]
    return {
        f"{source['source_name']}.{source['name']}": {
            "status": states.get(unique_id, {}).get("status"),
            "max_loaded_at": _loaded_at(states.get(unique_id, {}).get("max_loaded_at")),
        }
        for unique_id, source in sorted(sources.items())
        if _has_threshold(source["freshness"])
    }


def _has_threshold(freshness: dict[str, Any] | None) -> bool:
    thresholds = (freshness or {}).get("warn_after"), (freshness or {}).get("error_after")
    return any(threshold is not None and threshold["count"] is not None for threshold in thresholds)


def _loaded_at(text: str | None) -> str | None:
    """Return when the newest row was loaded; dbt has year 1 for a table without rows."""
    return None if text is None or text.startswith("0001-") else text
