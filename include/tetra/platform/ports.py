"""Ports on loopback: chosen once, kept in ``<state>/ports.json``, so that URLs and bookmarks stay."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from tetra.errors import PlatformError

PREFERRED = {"postgres": 5433, "airflow": 8080, "superset": 8088, "docs": 8090, "supervisor": 9001}
"""Taken when free at first choice; any free port otherwise."""

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Return whether nothing listens on the port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _any_free_port(taken: set[int]) -> int:
    for _ in range(64):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port
    raise PlatformError("no free port on 127.0.0.1 after 64 tries; close some programs that listen there")


def choose(state: Path, *, prefer_usual: bool = True) -> dict[str, int]:
    """Return the port of each service, choosing those that ``ports.json`` does not name yet.

    Parameters
    ----------
    state : Path
        The state directory.
    prefer_usual : bool
        Try the usual ports first; tests do not, to stay clear of a running platform.

    Raises
    ------
    PlatformError
        If ``ports.json`` is not readable.
    """
    path = state / "ports.json"
    ports: dict[str, int] = {}
    if path.exists():
        try:
            ports = {str(name): int(port) for name, port in json.loads(path.read_text(encoding="utf-8")).items()}
        except (ValueError, AttributeError) as error:
            raise PlatformError(f"{path} is damaged ({error}); run `make stop` and delete it") from error
    missing = [name for name in PREFERRED if name not in ports]
    for name in missing:
        usual = PREFERRED[name]
        taken = set(ports.values())
        is_usual_open = prefer_usual and usual not in taken and is_free(usual)
        ports[name] = usual if is_usual_open else _any_free_port(taken)
    if missing:
        temporary = path.with_suffix(".partial")
        temporary.write_text(json.dumps(ports, indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)
    return ports


def require_free(name: str, port: int, state: Path) -> None:
    """Raise if another program listens where a service of ours is about to."""
    if not is_free(port):
        raise PlatformError(
            f"port {port}, chosen for {name}, is taken by another program; stop that program, "
            f"or delete {name!r} from {state / 'ports.json'} to have another port chosen"
        )
