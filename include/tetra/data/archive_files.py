"""Parquet files of the archive, in a local folder or at any fsspec URL: merged, written, read back, moved in place.

``<url>/<table>/<partition folders>/part.parquet``. A partition's file holds every row ever archived of it: rows that
were deleted from the table stay in it when later ones are archived. Columns that the folders name are left out of the
files, as tools that read such trees (pandas, DuckDB, Spark) expect.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from tetra.errors import DataError, SettingsError

FILE_NAME = "part.parquet"
CHECKSUM_KEY = b"tetra.content_sha256"


@dataclass(frozen=True)
class StoredFile:
    """A file that was read back and found right.

    Parameters
    ----------
    path : str
        Where, below the archive's URL.
    rows, bytes : int
        Its size.
    is_new : bool
        False where the file held all of it already and was left alone.
    """

    path: str
    rows: int
    bytes: int
    is_new: bool


class Archive:
    """A folder of Parquet files.

    Parameters
    ----------
    url : str
        An absolute folder, or an fsspec URL without credentials: those belong in the environment of its package.

    Raises
    ------
    SettingsError
        If it is neither, or the package that speaks its protocol is missing.
    """

    def __init__(self, url: str) -> None:
        if "://" not in url and not Path(url).is_absolute():
            raise SettingsError(f"archive URL {url!r} is relative; write an absolute folder or an fsspec URL")
        if "@" in url.partition("://")[2].partition("/")[0]:
            raise SettingsError("the archive URL holds credentials; give them in the environment of its fsspec package")
        try:
            self.filesystem, root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise SettingsError(f"archive URL {url!r} cannot be opened: {error}; see fsspec's documentation") from error
        self.root = root.rstrip("/")

    def path_of(self, table: str, folder: str) -> str:
        """Return the path of a partition's file below the root."""
        return f"{table}/{folder}/{FILE_NAME}"

    def files_of(self, table: str) -> list[str]:
        """Return the paths of a table's files below the root, sorted."""
        self.filesystem.invalidate_cache()
        found = self.filesystem.glob(f"{self.root}/{table}/**/{FILE_NAME}")
        return sorted(str(PurePosixPath(path).relative_to(self.root)) for path in found)

    def read(self, path: str) -> pa.Table:
        """Return a file's rows.

        Raises
        ------
        DataError
            If it is damaged.
        """
        try:
            with self.filesystem.open(f"{self.root}/{path}", "rb") as file:
                rows = pq.ParquetFile(file, page_checksum_verification=True).read()
        except (pa.ArrowException, OSError, ValueError) as error:  # damage shows wherever decoding stumbles
            raise DataError(f"{path} in the archive cannot be read: {error}; restore it from a copy") from error
        expected = (rows.schema.metadata or {}).get(CHECKSUM_KEY, b"").decode()
        if content_checksum(rows) != expected:
            raise DataError(f"{path} in the archive is not what was written to it; restore it from a copy")
        return rows

    def store(self, path: str, rows: pa.Table, *, key: Sequence[str]) -> StoredFile:
        """Add rows to a file and prove that it holds them.

        Parameters
        ----------
        path : str
            From :meth:`path_of`.
        rows : pyarrow.Table
            They replace rows of the same key that the file holds.
        key : sequence of str
            Columns of ``rows`` that tell them apart.

        Returns
        -------
        StoredFile
            What is in place now.

        Raises
        ------
        DataError
            If what was read back differs; the file in place is untouched.
        """
        target = f"{self.root}/{path}"
        # an order of our own: a server sorts text by its own rules
        rows = _sorted(rows, key)
        self.filesystem.invalidate_cache()
        if self.filesystem.exists(target):
            archived = self.read(path)
            rows = merged(archived, rows, key=key)
            if content_checksum(rows) == content_checksum(archived):
                return StoredFile(path, rows.num_rows, self.filesystem.size(target), is_new=False)
        checksum = content_checksum(rows)
        partial = f"{path}.partial"
        size = self._write(f"{self.root}/{partial}", rows.replace_schema_metadata({CHECKSUM_KEY: checksum.encode()}))
        found = self.read(partial)
        if (found.num_rows, content_checksum(found)) != (rows.num_rows, checksum):
            raise DataError(f"{partial} in the archive is not what was written to it; check the storage")
        self.filesystem.mv(f"{self.root}/{partial}", target)
        return StoredFile(path, rows.num_rows, size, is_new=True)

    def _write(self, target: str, rows: pa.Table) -> int:
        sink = pa.BufferOutputStream()
        pq.write_table(rows, sink, compression="zstd", write_page_checksum=True)
        data = sink.getvalue()
        self.filesystem.makedirs(target.rpartition("/")[0], exist_ok=True)
        with self.filesystem.open(target, "wb") as file:
            file.write(data)
            if isinstance(self.filesystem, LocalFileSystem):
                # the rows are deleted for good: the file must survive a power cut as the transaction does
                file.flush()
                os.fsync(file.fileno())
        return int(data.size)


def merged(archived: pa.Table, held: pa.Table, *, key: Sequence[str]) -> pa.Table:
    """Return the rows of both in the order of their key; of two with one key, the held one."""
    if archived.schema.names != held.schema.names:
        raise DataError(
            f"the archive has columns {archived.schema.names}, the table {held.schema.names}; use another URL"
        )
    held_keys = set(zip(*(held[name].to_pylist() for name in key), strict=True))
    archived_keys = zip(*(archived[name].to_pylist() for name in key), strict=True)
    only_archived = archived.filter(pa.array([one not in held_keys for one in archived_keys], pa.bool_()))
    both = pa.concat_tables([only_archived.replace_schema_metadata(), held.replace_schema_metadata()])
    return _sorted(both, key)


def _sorted(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in key]).combine_chunks()


def content_checksum(rows: pa.Table) -> str:
    """Return the SHA-256 of a table's values in order, the same however Parquet or Arrow lay them out."""
    digest = hashlib.sha256()
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        digest.update(f"{name} {column.type}\0".encode())
        _add_values(digest, pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type))
    return digest.hexdigest()


def _add_values(digest: Any, values: pa.Array) -> None:
    digest.update(np.packbits(values.is_null().to_numpy(zero_copy_only=False)).tobytes())
    if pa.types.is_list(values.type):
        digest.update(pc.list_value_length(values).fill_null(-1).to_numpy().tobytes())
        _add_values(digest, values.flatten())
    elif pa.types.is_string(values.type):
        digest.update(pc.binary_length(values).fill_null(-1).to_numpy().tobytes())
        digest.update("".join(pc.fill_null(values, "").to_pylist()).encode())
    else:
        digest.update(values.drop_null().to_numpy(zero_copy_only=False).tobytes())
