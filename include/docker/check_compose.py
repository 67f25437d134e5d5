"""Find what is wrong in docker-compose.yaml and the files it leans on, without docker.

``python include/docker/check_compose.py [CHECKOUT]`` (any environment with PyYAML) prints one problem a line and
exits 1 if there is any. It asks what the compose schema cannot: is every file there and copied into the image,
every variable explained in ``.env.example``, every service watched, nothing published beyond loopback, no secret
written down.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
# what docker compose reads itself, without a mention in the file
READ_BY_COMPOSE = {"COMPOSE_PROFILES"}
SECRET_NAME = re.compile(r"(PASSWORD|SECRET|_KEY|_AUTH)$")
VENDOR_KEY = re.compile(r"_API_KEY$")
"""Keys of data vendors: secrets too, and a platform without them is a good one."""
CREDENTIALS = re.compile(r"://[^:/@]*:(.+?)@(?=[a-z])")
REQUIRED = re.compile(r"\$\{\w+:\?[^}]+\}")
OPTIONAL = re.compile(r"\$\{\w+:-\}")
VARIABLE = re.compile(r"\$(?:\$|\{(?P<braced>\w+)(?P<operator>:?[-?+])?(?P<argument>[^}]*)\}|(?P<plain>[A-Za-z_]\w*))")
LOOPBACK_PORT = re.compile(r"127\.0\.0\.1:\$\{\w+:-\d+\}:\d+")
COPY = re.compile(r"^COPY (?!--from)(.+) \S+$", re.MULTILINE)
NEVER_IN_AN_IMAGE = (".env", ".git/config", ".tetra/secrets.json", "dbt_project/target/manifest.json")


@dataclass(frozen=True)
class Composition:
    """The compose file of one checkout and what stands beside it."""

    root: Path

    @cached_property
    def document(self) -> dict[str, Any]:
        """The parsed file, its YAML merges resolved."""
        return yaml.safe_load((self.root / "docker-compose.yaml").read_text(encoding="utf-8"))

    @cached_property
    def services(self) -> dict[str, dict[str, Any]]:
        """Its services by name."""
        return self.document["services"]

    @cached_property
    def example(self) -> dict[str, str]:
        """The variables of ``.env.example`` with their values."""
        lines = (self.root / ".env.example").read_text(encoding="utf-8").splitlines()
        pairs = (line.partition("=") for line in lines if line.strip() and not line.startswith("#"))
        return {name: value for name, _, value in pairs}

    def uses(self) -> Iterator[re.Match[str]]:
        """Every variable that compose would put in, wherever it stands."""
        for text in _strings(self.services):
            yield from (match for match in VARIABLE.finditer(text) if match.group() != "$$")

    def is_sent_to_build(self, path: str) -> bool:
        """Return whether ``.dockerignore`` lets a file into the build: the last pattern that fits decides."""
        lineage = [str(part) for part in (PurePosixPath(path), *PurePosixPath(path).parents) if str(part) != "."]
        is_sent = True
        for line in (self.root / ".dockerignore").read_text(encoding="utf-8").splitlines():
            pattern = line.strip().removeprefix("!")
            if not pattern or pattern.startswith("#"):
                continue
            if any(_fits(part, pattern) for part in lineage):
                is_sent = line.startswith("!")
        return is_sent

    def copied(self, service: dict[str, Any]) -> list[str]:
        """What the service's Dockerfile copies from the checkout; nothing for an image of others."""
        if "build" not in service:
            return []
        path = self.root / service["build"]["dockerfile"]
        found = COPY.findall(path.read_text(encoding="utf-8")) if path.is_file() else []
        return [source for sources in found for source in sources.split()]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatchcase(PurePosixPath(path).name, pattern[3:])
    return path.count("/") == pattern.count("/") and fnmatchcase(path, pattern)


def watched(composition: Composition) -> Iterator[str]:
    """A service runs for ever and has a health check, or runs once and something waits for its success."""
    waited_for = {
        target
        for service in composition.services.values()
        for target, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }
    for name, service in composition.services.items():
        restart = service.get("restart")
        if restart not in {"unless-stopped", "no"}:
            yield f"{name}: restart is {restart!r}; say 'unless-stopped', or 'no' for what runs once"
        if restart == "no" and name not in waited_for:
            yield f"{name}: runs once and nothing waits for it to succeed"
        if restart != "no" and not service.get("healthcheck", {}).get("test"):
            yield f"{name}: runs for ever without a healthcheck"


def ordered(composition: Composition) -> Iterator[str]:
    """Every dependency exists, can reach the condition asked of it, and is started where its dependent is."""
    for name, service in composition.services.items():
        for target, how in service.get("depends_on", {}).items():
            needed = composition.services.get(target)
            if needed is None:
                yield f"{name}: depends on {target}, which is no service"
                continue
            is_once = needed.get("restart") == "no"
            if is_once != (how["condition"] == "service_completed_successfully"):
                yield f"{name}: {target} can never be {how['condition']}"
            if how["condition"] == "service_started":
                yield f"{name}: wait until {target} is healthy, not merely started"
            is_optional = bool(set(needed.get("profiles", [])) - set(service.get("profiles", [])))
            if is_optional and how.get("required", True):
                yield f"{name}: depends on {target}, which is absent outside its profile: required: false"


def loopback_only(composition: Composition) -> Iterator[str]:
    """Nothing is published beyond 127.0.0.1."""
    for name, service in composition.services.items():
        for port in service.get("ports", []):
            if not (isinstance(port, str) and LOOPBACK_PORT.fullmatch(port)):
                yield f"{name}: publishes {port!r}; write 127.0.0.1:${{VARIABLE:-PORT}}:PORT"
        if "network_mode" in service:
            yield f"{name}: network_mode {service['network_mode']!r} gets round the list of ports"


def pinned(composition: Composition) -> Iterator[str]:
    """Every image names a version."""
    for name, service in composition.services.items():
        tag = service.get("image", "").rpartition(":")[2]
        if "/" in tag or not re.match(r"v?\d", tag):
            yield f"{name}: image {service.get('image')!r} names no version"


def secret(composition: Composition) -> Iterator[str]:
    """Secrets come from .env alone, and compose stops when one is missing; vendors' keys may be empty."""
    for name, service in composition.services.items():
        for key, value in service.get("environment", {}).items():
            if VENDOR_KEY.search(key):
                if not OPTIONAL.fullmatch(str(value)):
                    yield f"{name}: {key} is not ${{{key}:-}}"
            elif SECRET_NAME.search(key) and not REQUIRED.fullmatch(str(value)):
                yield f"{name}: {key} is not ${{VARIABLE:?message}}"
        for text in _strings(service):
            for password in CREDENTIALS.findall(text):
                if not REQUIRED.fullmatch(password):
                    yield f"{name}: a URL carries a password that is not ${{VARIABLE:?message}}"
    for match in composition.uses():
        variable = match["braced"] or match["plain"]
        if VENDOR_KEY.search(variable):
            if match["argument"]:
                yield f"{variable} is a secret: use it as ${{{variable}:-}}"
        elif SECRET_NAME.search(variable) and match["operator"] != ":?":
            yield f"{variable} is a secret: use it as ${{{variable}:?message}}"
    for variable, value in composition.example.items():
        if SECRET_NAME.search(variable) and value:
            yield f".env.example holds a value for the secret {variable}"


def explained(composition: Composition) -> Iterator[str]:
    """.env.example names what is used, nothing else, and shows the defaults in force."""
    used = {match["braced"] or match["plain"] for match in composition.uses()}
    for variable in sorted(used - set(composition.example)):
        yield f"{variable} is used and not explained in .env.example"
    for variable in sorted(set(composition.example) - used - READ_BY_COMPOSE):
        yield f"{variable} is in .env.example and nothing uses it"
    for match in composition.uses():
        shown = composition.example.get(match["braced"] or match["plain"])
        if match["operator"] != ":?" and shown is not None and shown != match["argument"]:
            yield f"{match.group()}: .env.example shows {shown!r}"


def stored(composition: Composition) -> Iterator[str]:
    """Every volume is declared and used; folders of the host take no part."""
    declared = set(composition.document.get("volumes", {}))
    mounted = {
        volume.split(":", 1)[0] for service in composition.services.values() for volume in service.get("volumes", [])
    }
    for volume in sorted(mounted - declared):
        yield f"volume {volume} is mounted and not declared"
    for volume in sorted(declared - mounted):
        yield f"volume {volume} is declared and not mounted"


def present(composition: Composition) -> Iterator[str]:
    """Every file that is named exists, and what a service runs is inside its image."""
    root = composition.root
    for name, service in composition.services.items():
        named = [
            *service.get("env_file", []),
            *([service["build"]["dockerfile"]] if "build" in service else []),
        ]
        copied = composition.copied(service)
        run = [
            word
            for word in _strings([service.get("command", []), service.get("healthcheck", {})])
            if word.startswith("include/")
        ]
        for path in (*named, *copied, *run):
            if not (root / path).exists():
                yield f"{name}: {path} does not exist"
        for path in copied:
            if not composition.is_sent_to_build(path):
                yield f"{name}: .dockerignore keeps {path} from the build"
        for path in run:
            if not any(PurePosixPath(path).is_relative_to(source) for source in copied):
                yield f"{name}: runs {path}, which its image does not hold"
    for path in NEVER_IN_AN_IMAGE:
        if composition.is_sent_to_build(path):
            yield f".dockerignore lets {path} into the build"


def runnable(composition: Composition) -> Iterator[str]:
    """Every shell script parses."""
    for path in sorted((composition.root / "include" / "docker").glob("*.sh")):
        result = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            yield f"{path.name}: {result.stderr.strip()}"


CHECKS: tuple[Callable[[Composition], Iterator[str]], ...] = (
    watched, ordered, loopback_only, pinned, secret, explained, stored, present, runnable,
)  # fmt: skip


def problems(root: Path) -> list[str]:
    """Return every problem of the compose file in a checkout, each once."""
    composition = Composition(root)
    return list(dict.fromkeys(problem for check in CHECKS for problem in check(composition)))


if __name__ == "__main__":
    found = problems(Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT)
    print("\n".join(found) or "docker-compose.yaml: nothing wrong found")
    sys.exit(1 if found else 0)
