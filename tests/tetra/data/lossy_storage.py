"""A storage in memory that does what real ones do on a bad day; fsspec protocols ``lossy`` and ``busy``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from fsspec.implementations.memory import MemoryFileSystem


class LossyFileSystem(MemoryFileSystem):
    """Flips a byte in the middle of everything that is written."""

    protocol = "lossy"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        file = super()._open(path, mode, **options)
        if mode == "rb":
            data = bytearray(file.getbuffer())
            data[len(data) // 3] ^= 0xFF
            file.seek(0)
            file.getbuffer()[:] = data
        return file


class BusyFileSystem(MemoryFileSystem):
    """Lets something else happen just before a file is moved in place."""

    protocol = "busy"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    meanwhile: ClassVar[Callable[[], None]]

    def mv(self, *arguments: Any, **options: Any) -> Any:
        type(self).meanwhile()
        return super().mv(*arguments, **options)
