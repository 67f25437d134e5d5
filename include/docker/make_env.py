"""Write ``.env`` for docker compose: ``.env.example`` with every empty secret generated; vendors' keys are yours.

``python3 include/docker/make_env.py [--output FILE]``; needs nothing but Python. The file is readable by its
owner only and never overwritten: its passwords are in use as long as the volumes are. To start afresh, delete
both.
"""

import argparse
import base64
import os
import secrets
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLE = CHECKOUT / ".env.example"
BITS = {"JWT_SECRET": 512, "SECRET_KEY": 384, "ADMIN_PASSWORD": 96, "PASSWORD": 192}
"""Strength by the end of a variable's name; the first that fits counts."""


def secret_for(name: str) -> str:
    """Return a fresh value for one secret, safe inside a URL and a shell.

    Raises
    ------
    KeyError
        If the name does not end as a secret's does: an empty value then has no meaning we know.
    """
    if name.endswith("FERNET_KEY"):
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    for ending, bits in BITS.items():
        if name.endswith(ending):
            return secrets.token_hex(bits // 8)
    raise KeyError(name)


def fill(example: str) -> str:
    """Return the text of ``.env``: the example's lines, its empty secrets filled in."""
    lines = []
    for line in example.splitlines():
        name, separator, value = line.partition("=")
        is_empty = bool(separator) and not value and not name.startswith("#")
        # empty values that are a choice, not a secret of ours
        is_choice = name == "COMPOSE_PROFILES" or name.endswith("_API_KEY")
        lines.append(f"{name}={secret_for(name)}" if is_empty and not is_choice else line)
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=CHECKOUT / ".env")
    output: Path = parser.parse_args(arguments).output
    text = fill(EXAMPLE.read_text(encoding="utf-8"))
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{output} exists and its passwords may be in use: left as it is", file=sys.stderr)
        return 1
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"wrote {output}; start with: docker compose up --detach")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
