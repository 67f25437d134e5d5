"""One way to compile a kernel: numba, cached on disk, with IEEE arithmetic so that results repeat to the bit.

The cache is written to ``NUMBA_CACHE_DIR`` (set by the platform) or beside the source; the first call
after a change of code or machine compiles, later processes load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def compiled(
    *, parallel: bool = False, inline: bool = False
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Return a decorator that compiles a function on its first call.

    Parameters
    ----------
    parallel : bool
        Whether ``numba.prange`` loops run on all cores. Each iteration must write rows of its own, so that
        the number of threads changes no result.
    inline : bool
        Whether the function is always laid into its caller. For what is small and called on every bar: to hand an array
        on costs more than the arithmetic, and the compiler by itself stops inlining where the caller is large.
    """
    # division by zero gives inf or NaN, as in NumPy; no fastmath: it would reorder sums
    decorate = numba.njit(cache=True, parallel=parallel, error_model="numpy", nogil=True, forceinline=inline)
    return cast(Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]], decorate)
