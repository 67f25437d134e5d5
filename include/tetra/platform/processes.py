"""Which live processes are this installation's: what ``stop`` ends, and nothing else.

Every process that supervisord starts for us carries ``TETRA_SERVICE_OF=<instance id>``; each service leads a process
group whose number is recorded. So what a killed supervisord left behind is found, and another program never touched.
"""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from tetra.platform.environment import Installation

MARK = "TETRA_SERVICE_OF"


def leftovers(here: Installation) -> list[psutil.Process]:
    """Return every live process that a supervisord of this installation started, itself included.

    Three signs, because each alone misses some: the mark in the environment (a program that sets its own title
    overwrites it), the process group of a recorded service, and descent from a process that has one of the two.
    """
    groups = _service_groups(here)
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            is_marked = process.environ().get(MARK) == here.secrets["instance_id"]
            if is_marked or os.getpgid(process.pid) in groups:
                found[process.pid] = process
                found |= {child.pid: child for child in process.children(recursive=True)}
        except (psutil.AccessDenied, psutil.NoSuchProcess, ProcessLookupError):
            continue  # another user's, or gone meanwhile: not ours to look at
    return [process for process in found.values() if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def record_path(here: Installation) -> Path:
    """Return the file that lists the services started, one process id and creation time a line."""
    return here.state / "supervisor" / "started"


def _service_groups(here: Installation) -> set[int]:
    """Return the process groups of the services started since supervisord was."""
    path = record_path(here)
    if not path.exists():
        return set()
    groups = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        pid, created = int(line.split()[0]), float(line.split()[1])
        try:
            is_another = abs(psutil.Process(pid).create_time() - created) > 1.0
        except psutil.NoSuchProcess:
            is_another = False  # its group may outlive it, and while it does the number is not given to another
        if not is_another:
            groups.add(pid)
    return groups


def record_this_service(here: Installation) -> None:
    """Make this process the leader of a group of its own and note it, before it becomes a service."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    with record_path(here).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {psutil.Process().create_time()}\n")
