"""Where commands find the warehouse."""

from __future__ import annotations

import os


def writer_url() -> str:
    """Return the writer's URL; in a container the environment says where the warehouse is."""
    from tetra.platform import environment, run

    if url := os.environ.get("TETRA_WRITER_URL"):
        return url
    run.require_database()
    return environment.installation().database_url("writer")
