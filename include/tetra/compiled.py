"""One way to compile a kernel: numba, cached on disk, with IEEE arithmetic so that results repeat to the bit.

The cache is written below ``NUMBA_CACHE_DIR`` (set by the platform), or below the state directory; the first call
after a change of code or machine compiles, later processes load. Numba looks only at the file of a function, not at
what the function calls or which constants it reads from elsewhere: so each state of the code has a folder of its own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

from tetra.settings import state_dir

PACKAGE = Path(__file__).resolve().parent
WITH_KERNELS = ("backtest", "indicators", "metrics", "scenarios")
"""Packages whose every file may be part of a kernel; of the others, those that compile something."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def compiled(
    *, parallel: bool = False, inline: bool = False, borrows: bool = False, reorders: bool = False
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Return a decorator that compiles a function on its first call.

    Parameters
    ----------
    parallel : bool
        Whether ``numba.prange`` loops run on all cores. Each iteration must write rows of its own, so that
        the number of threads changes no result.
    inline : bool
        Whether the function is always laid into its caller, and borrows. For what is small and called on every bar or
        row: to hand an array on costs more than the arithmetic, and the compiler by itself stops inlining where the
        caller is large.
    borrows : bool
        Whether all its arrays are the caller's: nothing is made and no array returned, so that no references need be
        counted. Counting them at every slice was measured to cost a fifth of a loop over rows of 252 bars.
    reorders : bool
        Whether sums may be added up in another order, several numbers at once. For sums of many numbers alone: they
        repeat to the bit on one machine, and differ by rounding between machines of another vector width.
    """
    numba.config.CACHE_DIR = cache_directory()  # type: ignore[attr-defined]  # numba fills its config when imported
    options: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "error_model": "numpy",  # division by zero gives inf or NaN
        "parallel": parallel,
        "forceinline": inline,
        # told to every function, for numba hands on what is not told to the functions that are called
        "fastmath": {"reassoc"} if reorders else False,  # no more of it: NaN must stay NaN
        "_nrt": not (inline or borrows),  # "disable runtime allocation" in numba's manual, not in its type hints
    }
    decorate = numba.njit(**options)
    return cast(Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]], decorate)


@cache
def cache_directory() -> str:
    """Return the folder of this state of the code."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        content = path.read_bytes()
        if path.relative_to(PACKAGE).parts[0] in WITH_KERNELS or b"@compiled" in content:
            digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + content)
    chosen = os.environ.get("NUMBA_CACHE_DIR") or state_dir() / "cache" / "numba"
    return str(Path(chosen) / digest.hexdigest()[:16])
