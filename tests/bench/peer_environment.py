"""Where the peers of ``area_engine`` are installed: built from their lock file when it is first needed."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

import bootstrap

LOCK = Path(__file__).with_name("peers") / "requirements.txt"


class NoPeers(Exception):
    """Why the peers cannot be run, and what to do about it."""


def find() -> Path:
    """Return the Python that has the peers: of ``TETRA_BENCH_PEERS`` where that is set, else of our own environment.

    Raises
    ------
    NoPeers
        If it is not there, or could not be built.
    """
    chosen = os.environ.get("TETRA_BENCH_PEERS")
    home = Path(chosen) if chosen else _ensure()
    python = home / "bin" / "python"
    if not python.exists():
        raise NoPeers(f"no environment of the peers at {home}; unset TETRA_BENCH_PEERS and it is built")
    return python


def _ensure() -> Path:
    bootstrap.LOCKS["peers"] = (LOCK,)
    try:
        with redirect_stdout(sys.stderr):  # ours is rows and nothing else
            bootstrap.ensure("peers")
    except bootstrap.BootstrapError as error:
        raise NoPeers(f"the environment of the peers could not be built: {error}") from error
    return bootstrap.target_of("peers")
