"""Where the files of a data set lie: folders listed and files read, locally or through fsspec, a few ahead.

A folder is listed once per request, so that a pattern may leave the compression open (``{symbol}.csv*``).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import fsspec

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.settings import CHECKOUT
from tetra.sources.file_data_sets import DataSet
from tetra.sources.file_reading import FileTable, parse
from tetra.sources.file_unpacking import unpack

Place = TypeVar("Place")
Read = TypeVar("Read")

AHEAD = 3
"""Files read ahead per thread: enough to keep threads busy, few enough to hold in memory."""


@dataclass(frozen=True)
class Found:
    """Where a data set keeps one symbol.

    Parameters
    ----------
    data_set : DataSet
        Whose file it is.
    symbol, ticker : str
        Tetra's key, and the name that files go by.
    path : str
        Path or URL of the file.
    """

    data_set: DataSet
    symbol: str
    ticker: str
    path: str

    def first_day(self, start: date) -> date:
        """Return the first day from ``start`` on that the file has of the symbol, not of one before it."""
        return max(start, self.data_set.since.get(self.symbol, start))


def find(data_sets: Sequence[DataSet], tickers: Mapping[str, str]) -> dict[str, list[Found]]:
    """Return per symbol its files, in the order of the data sets; only symbols that have one.

    Raises
    ------
    SourceUnavailable
        If a folder does not exist.
    SourceError
        If one ticker has several files.
    SettingsError
        If a URL's protocol is unknown or its package is not installed.
    """
    found: dict[str, list[Found]] = {}
    for data_set in data_sets:
        named = {
            symbol: ticker
            for symbol, ticker in tickers.items()
            if data_set.symbols is None or symbol in data_set.symbols
        }
        if not named:
            continue
        paths = list_files(data_set)
        lowered = "{symbol_lower}" in data_set.path
        for symbol, ticker in named.items():
            key = ticker.lower() if lowered else ticker
            matching = paths.get(key if "{" in data_set.path else "", [])
            if len(matching) > 1:
                raise SourceError(f"{symbol} has several files, {' and '.join(matching)}; remove all but one")
            if matching:
                found.setdefault(symbol, []).append(Found(data_set, symbol, ticker, matching[0]))
    return {symbol: found[symbol] for symbol in tickers if symbol in found}


def list_files(data_set: DataSet) -> dict[str, list[str]]:
    """Return the files of a data set by the ticker in their name ('' where the path has none).

    Raises
    ------
    SourceUnavailable
        If the folder does not exist.
    SettingsError
        If a URL's protocol is unknown or its package is not installed.
    """
    folder, _, pattern = data_set.path.rpartition("/")
    parts = re.split(r"(\{symbol\}|\{symbol_lower\}|\*)", pattern)
    named = {"{symbol}": "(?P<ticker>.+?)", "{symbol_lower}": "(?P<ticker>.+?)", "*": ".*"}
    matches = re.compile("".join(named.get(part, re.escape(part)) for part in parts))
    system, root = _open(folder, data_set)
    try:
        names = sorted(str(entry).rpartition("/")[2] for entry in system.ls(root, detail=False))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceUnavailable(
            f"folder {folder} of data set {data_set.name!r} does not exist; correct its path in sources.yaml"
        ) from error
    listed: dict[str, list[str]] = {}
    for name in names:
        match = matches.fullmatch(name)
        if match:
            listed.setdefault(match.groupdict().get("ticker", ""), []).append(f"{folder}/{name}")
    return listed


def _open(url: str, data_set: DataSet) -> tuple[Any, str]:
    located = url if "://" in url else str(CHECKOUT / url)
    try:
        system, root = fsspec.core.url_to_fs(located)
    except (ImportError, ValueError) as error:
        raise SettingsError(f"sources.yaml, files, {data_set.name}: {url} cannot be opened: {error}") from error
    return system, root


def read_file(found: Found, *, hourly: bool = False) -> FileTable:
    """Return what a file of one symbol holds.

    Raises
    ------
    SourceError
        If it cannot be opened or is not as its layout says.
    """
    content = unpack(read_bytes(found.path, found.data_set), found.path)
    return parse(content, found.data_set.layout, where=found.path, ticker=found.ticker, hourly=hourly)


def read_bytes(path: str, data_set: DataSet) -> bytes:
    """Return a file as it lies there.

    Raises
    ------
    SourceError
        If it cannot be opened.
    """
    system, root = _open(path, data_set)
    try:
        raw: bytes = system.cat_file(root)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error}; check that it exists and may be read") from error
    return raw


def read_in_order(read: Callable[[Place], Read], places: Sequence[Place], workers: int) -> Iterator[Read]:
    """Yield what ``read`` makes of each place, in order, a few of them read ahead."""
    pending: deque[Future[Read]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="files") as pool:
        try:
            for place in places:
                pending.append(pool.submit(read, place))
                if len(pending) > workers * AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
