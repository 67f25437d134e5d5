"""What a dbt command built: its ``run_results.json``, boiled down."""

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
