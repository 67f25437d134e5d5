"""Write the password file of Airflow's simple auth manager from the environment.

Reads ``TETRA_AIRFLOW_ADMIN_PASSWORD``; writes ``{"admin": …}`` (0600) to the file that
``AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE`` names. Run before every start of the API server: without
the file Airflow would make up a password and print it into the log.
"""

import json
import os
import sys
from pathlib import Path

VARIABLE = "TETRA_AIRFLOW_ADMIN_PASSWORD"
FILE = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"


def main() -> int:
    """Write the file and return the exit code."""
    missing = [name for name in (VARIABLE, FILE) if not os.environ.get(name)]
    if missing:
        print(f"{' and '.join(missing)} must be set: see .env.example and docker-compose.yaml", file=sys.stderr)
        return 1
    path = Path(os.environ[FILE])
    path.parent.mkdir(parents=True, exist_ok=True)
    # made readable to nobody else before the password is in it; an older file is replaced whole
    temporary = path.with_suffix(".partial")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"admin": os.environ[VARIABLE]}, file)
        file.write("\n")
    temporary.replace(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
