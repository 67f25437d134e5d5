"""Build the Python environments from the lock files; needs nothing but Python 3.11 or 3.12 with pip and venv.

Reads ``requirements.txt`` (the platform), ``tests/requirements.txt`` (what tests add) and
``include/superset/requirements.txt`` (Superset, whose pins conflict with Airflow's). Makes ``.tetra/environments/``.
A changed lock file is noticed and its environment synced; unchanged, this costs a few milliseconds.
Run by every ``make`` target; when it fails it says what is missing.
"""

import argparse
import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
HOME = CHECKOUT / ".tetra"
ENVIRONMENTS = HOME / "environments"
UV_VERSION = "0.13.8"
SUPPORTED = ((3, 11), (3, 12))
DISK_NEEDED_GIB = 4
SIGNS_OF_NO_NETWORK = ("dns error", "failed to fetch", "connection", "timed out", "no matching", "resolve host")
LOCKS = {
    "platform": (CHECKOUT / "requirements.txt",),
    "tests": (CHECKOUT / "requirements.txt", CHECKOUT / "tests" / "requirements.txt"),
    "superset": (CHECKOUT / "include" / "superset" / "requirements.txt",),
}


class BootstrapError(Exception):
    """What is missing and what to do about it."""


def check_python() -> None:
    """Raise unless this Python is one the lock files were resolved for."""
    if sys.version_info[:2] not in SUPPORTED:
        found = ".".join(map(str, sys.version_info[:3]))
        raise BootstrapError(
            f"Python {found} at {sys.executable} cannot run Tetra: install Python 3.11 or 3.12, "
            "then run `make PYTHON=/path/to/python3.11 …`"
        )


def check_disk() -> None:
    """Raise if the environments would not fit."""
    free = shutil.disk_usage(CHECKOUT).free / (1 << 30)
    if free < DISK_NEEDED_GIB:
        raise BootstrapError(
            f"{free:.1f} GiB free at {CHECKOUT}, {DISK_NEEDED_GIB} GiB needed for the environments: free some space"
        )


def run(command: list, action: str) -> None:
    """Run a command; raise with the last lines it printed if it fails."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-12:])
        hint = ""
        if any(sign in tail.lower() for sign in SIGNS_OF_NO_NETWORK):
            hint = "\nThe package index could not be reached: check the network and any proxy settings, then run again."
        if "no space left" in tail.lower():
            hint = f"\nThe disk is full: free at least {DISK_NEEDED_GIB} GiB and run again."
        raise BootstrapError(f"{action} failed:\n{tail}{hint}")


def find_uv() -> Path:
    """Return uv: the one on the path, or ours, installed by pip when missing."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    home = HOME / "tools"
    uv = home / "bin" / "uv"
    if not uv.exists():
        print("· installing uv", flush=True)
        try:
            run(
                [sys.executable, "-m", "venv", home],
                "making a virtual environment (Debian and Ubuntu: apt-get install python3-venv)",
            )
            run(
                [
                    home / "bin" / "python",
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    f"uv=={UV_VERSION}",
                ],
                "installing uv",
            )
        except BootstrapError:
            shutil.rmtree(home, ignore_errors=True)
            raise
    return uv


def fingerprint(name: str) -> str:
    """Return what an environment's stamp must say for the environment to be current."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {CHECKOUT}".encode())
    for lock in LOCKS[name]:
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def target_of(name: str) -> Path:
    """Return the environment's directory; tests add their packages to the platform's environment."""
    return ENVIRONMENTS / ("platform" if name == "tests" else name)


def is_current(name: str) -> bool:
    """Return whether the environment holds exactly what the lock files say (or, for the platform, the tests' too)."""
    stamp = target_of(name) / "tetra-stamp"
    if not stamp.exists():
        return False
    kept = stamp.read_text(encoding="utf-8").strip()
    accepted = {fingerprint(name)} | ({fingerprint("tests")} if name == "platform" else set())
    return kept in accepted


def ensure(name: str) -> None:
    """Make or sync an environment unless it is current."""
    if is_current(name):
        return
    check_disk()
    uv = find_uv()
    target = target_of(name)
    python = target / "bin" / "python"
    (target / "tetra-stamp").unlink(missing_ok=True)
    print(
        f"· syncing the {name} environment from {', '.join(str(lock.relative_to(CHECKOUT)) for lock in LOCKS[name])}",
        flush=True,
    )
    if not python.exists():
        run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, target], f"making {target}")
    run([uv, "pip", "sync", "--quiet", "--python", python, *LOCKS[name]], f"installing the {name} environment")
    (target / "tetra-stamp").write_text(fingerprint(name) + "\n", encoding="utf-8")


def compile_locks() -> None:
    """Compile every ``requirements.in`` into the ``requirements.txt`` beside it, all versions at their newest."""
    uv = find_uv()
    options = [
        "--quiet",
        "--upgrade",
        "--universal",
        "--python-version",
        "3.11",
        "--no-emit-index-url",
        "--custom-compile-command",
        "make lock",
    ]
    tests = CHECKOUT / "tests"
    for directory in (CHECKOUT, tests, tests / "bench" / "peers", CHECKOUT / "include" / "superset"):
        source, lock = directory / "requirements.in", directory / "requirements.txt"
        run(
            [uv, "pip", "compile", *options, source, "--output-file", lock],
            f"locking {source.relative_to(CHECKOUT)}",
        )


def main() -> int:
    """Ensure the environments named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("environments", nargs="*", metavar="{" + ",".join(sorted(LOCKS)) + "}")
    parser.add_argument("--lock", action="store_true", help="compile the lock files anew")
    arguments = parser.parse_args()
    names = arguments.environments
    unknown = set(names) - set(LOCKS)
    if unknown:
        parser.error(f"unknown environment {sorted(unknown)}; valid: {sorted(LOCKS)}")
    try:
        check_python()
        if arguments.lock:
            compile_locks()
            return 0
        if all(is_current(name) for name in names):
            return 0
        HOME.mkdir(exist_ok=True)
        with (HOME / "bootstrap.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name in names:
                ensure(name)
    except BootstrapError as error:
        print(f"tetra: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"tetra: cannot write below {HOME}: {error}; check that the disk is not full or read-only",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
