"""Work in tiles: a few rows at a time, so that prices and what is made of them stay in a core's cache.

Compiled code is serial and lets go of the interpreter; threads take one tile after another. Nothing of a tile depends
on another, so neither their size nor the number of threads changes a result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tetra.errors import BacktestError

TILE_BYTES = 512 * 1024
"""Closes in one tile: with the weights they fill a second-level cache of 1 MiB. Half of it was
measured to cost a tenth more (the interpreter runs between tiles), twice of it three times as much in a numpy strategy
(its temporaries go back to the system each time)."""

CHUNKS_PER_THREAD = 8
"""Tiles are handed to a thread several at a time, but few enough that none waits long for another at the end."""

Tile = TypeVar("Tile")
Result = TypeVar("Result")


def row_tiles(n_rows: int, n_bars: int) -> list[tuple[int, int]]:
    """Return spans of rows, each of at most ``TILE_BYTES`` of float64 but at least one row."""
    height = max(1, TILE_BYTES // (8 * n_bars))
    return [(start, min(start + height, n_rows)) for start in range(0, n_rows, height)]


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_tiles(work: Callable[[Tile], Result], tiles: Sequence[Tile], *, threads: int | None = None) -> list[Result]:
    """Return the result of every tile, in their order.

    Parameters
    ----------
    work : callable
        Takes a tile; safe to run on several at once.
    tiles : sequence
    threads : int, optional
        At least 1; as many as there are cores for this process by default.

    Raises
    ------
    BacktestError
        If ``threads`` is below 1.
    """
    wanted = processors() if threads is None else threads
    if wanted < 1:
        raise BacktestError(f"threads is {threads}; at least one is needed")
    if wanted == 1 or len(tiles) == 1:
        return [work(tile) for tile in tiles]
    size = -(-len(tiles) // (wanted * CHUNKS_PER_THREAD))
    chunks = [tiles[start : start + size] for start in range(0, len(tiles), size)]
    with ThreadPoolExecutor(min(wanted, len(chunks))) as executor:
        done = executor.map(lambda chunk: [work(tile) for tile in chunk], chunks)
        return [result for results in done for result in results]
