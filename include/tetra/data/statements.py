"""Hand-written SQL statements, one per file in ``include/sql``, named by verb and object."""

from __future__ import annotations

import functools
from typing import LiteralString

from tetra.errors import SettingsError
from tetra.settings import CHECKOUT

DIRECTORY = CHECKOUT / "include" / "sql"


@functools.cache
def statement(name: str) -> LiteralString:
    """Return the text of ``include/sql/<name>.sql``; parameters in it are bound by the driver (``%(name)s``).

    Raises
    ------
    SettingsError
        If there is no such file.
    """
    path = DIRECTORY / f"{name}.sql"
    if not path.is_file():
        raise SettingsError(f"no statement {name!r}: {path} does not exist")
    # a file of the repository is as trusted as a literal in the code
    return path.read_text(encoding="utf-8")
