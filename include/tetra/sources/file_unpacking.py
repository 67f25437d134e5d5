"""From the bytes of a file to those of the tables in it: decompressed, and taken out of archives."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from tetra.errors import SourceError
from tetra.sources.file_data_sets import ARCHIVE_ENDINGS

AGAIN = "fetch the file again, or remove it"
_DAMAGE = (lzma.LZMAError, EOFError, OSError, zlib.error, zipfile.BadZipFile, tarfile.TarError, RuntimeError)
_TAR_BLOCK = 512


def unpack(raw: bytes, where: str) -> bytes:
    """Return the content of a file, decompressed as its name's ending says (xz, gz, zip; else as it is).

    Raises
    ------
    SourceError
        If it is cut off or damaged, or a zip holds other than one file.
    """
    if where.endswith(".zip"):
        found = list(members(raw, where))
        if len(found) != 1:
            raise SourceError(f"{where} holds {len(found)} files; give a zip with one file each")
        return found[0][1]
    try:
        if where.endswith((".xz", ".txz")):
            return lzma.decompress(raw)
        if where.endswith((".gz", ".tgz")):
            return gzip.decompress(raw)
    except _DAMAGE as error:
        raise _damaged(where, error) from error
    return raw


def members(raw: bytes, where: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each table in a file: of a tar or zip each member, else the file's own.

    Raises
    ------
    SourceError
        If it is cut off or damaged, or an archive holds no file.
    """
    if where.endswith(".zip"):
        found = _zipped(raw)
    elif where.endswith(ARCHIVE_ENDINGS):
        found = _tarred(unpack(raw, where))
    else:
        yield where, unpack(raw, where)
        return
    count = 0
    try:
        for member, content in found:
            count += 1
            yield f"{where}/{member}", content
    except _DAMAGE as error:
        raise _damaged(where, error) from error
    if not count:
        raise SourceError(f"{where} holds no file; {AGAIN}")


def _zipped(raw: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name in archive.namelist():
            if not name.endswith("/"):
                yield name, archive.read(name)


def _tarred(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[-_TAR_BLOCK:].strip(b"\0"):  # cut between two members, it would pass for a shorter archive
        raise tarfile.ReadError("its end is missing")
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for entry in archive:
            member = archive.extractfile(entry) if entry.isfile() else None
            if member is not None:  # a folder or link is no table
                yield entry.name, member.read()


def _damaged(where: str, error: BaseException) -> SourceError:
    return SourceError(f"{where} is cut off or damaged ({error}); {AGAIN}")
