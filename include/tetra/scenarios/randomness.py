"""Hashes and random streams: what makes two runs the same, and two scenarios different."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

LIBRARIES = ("numpy", "arch", "scipy", "hmmlearn", "scikit-learn", "numba")
"""Their versions are part of the code: another release may fit or draw differently."""


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream of one scenario.

    It depends on the seed and the scenario's name alone, not on the order, number or placing of workers in
    which scenarios are made.

    Parameters
    ----------
    seed : int
        Of the run, at least 0.
    name : str
        Of the scenario.
    """
    words = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=16).digest(), dtype="<u4")
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=tuple(int(word) for word in words)))
    )


def digest(*parts: Any) -> str:
    """Return a hash of arrays and JSON-safe values; the same content gives the same text on every machine."""
    hasher = hashlib.sha256()
    for part in parts:
        content = _array_bytes(part) if isinstance(part, np.ndarray) else _json_bytes(part)
        hasher.update(len(content).to_bytes(8, "little"))
        hasher.update(content)
    return hasher.hexdigest()[:32]


def _array_bytes(array: npt.NDArray[Any]) -> bytes:
    kind = f"{array.dtype.str}{array.shape}".encode()
    return kind + np.ascontiguousarray(array).tobytes()


def _json_bytes(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, default=str).encode()


@functools.cache
def code_hash() -> str:
    """Return a hash of the code that makes scenarios: this package's sources and its libraries' versions."""
    folder = Path(__file__).parent
    files = [*sorted(folder.glob("*.py")), folder.parent / "compiled.py"]
    sources = [[path.name, path.read_text(encoding="utf-8")] for path in files]
    versions = [[name, metadata.version(name)] for name in LIBRARIES]
    return digest(sources, versions)[:16]
