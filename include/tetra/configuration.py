"""Checks on parts of the YAML that people edit: a wrong key or value is named, with the nearest valid one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from tetra.errors import SettingsError, unknown_value


def check_keys(where: str, block: Any, *, required: Collection[str], optional: Collection[str] = ()) -> None:
    """Check that a block is a mapping with all required keys and none unknown.

    Parameters
    ----------
    where : str
        File and place in it, for the message ("universe.yaml, groups.energy").
    block : object
        As parsed.
    required, optional : collection of str
        Names of keys.

    Raises
    ------
    SettingsError
        If it is not; the message names the key.
    """
    if not isinstance(block, dict):
        raise SettingsError(f"{where}: expected a mapping with {', '.join(sorted(required))}")
    valid = {*required, *optional}
    for key in block:
        if key not in valid:
            raise SettingsError(f"{where}: {unknown_value('key', str(key), valid)}")
    for key in sorted(required):
        if key not in block:
            raise SettingsError(f"{where}: key {key!r} is missing")


def check_choice(where: str, kind: str, value: Any, choices: Iterable[str]) -> None:
    """Check that a value is one of the valid ones.

    Raises
    ------
    SettingsError
        If it is not; the message offers the nearest valid one.
    """
    valid = list(choices)
    if value not in valid:
        raise SettingsError(f"{where}: {unknown_value(kind, str(value), valid)}")
