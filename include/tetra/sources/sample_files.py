"""The files that the sample source reads, where installed packages keep them.

They are not read through the packages' loaders: importing ``arch`` or ``skfolio`` was measured at 4 s and 200 MB
each (statsmodels, scikit-learn), a whole day's landing without them at under a second.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
import pandas as pd

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.base import PriceBasis
from tetra.typing import DateArray, FloatArray


@dataclass(frozen=True)
class DataSet:
    """Where a data set lies and how its table is laid out.

    Parameters
    ----------
    package, path : str
        Installed package, and the file inside it.
    layout : str
        ``bars``: one instrument, columns Open to Volume; ``adjusted_bars``: many, with columns Ticker and Adj
        Close; ``columns``: one column per instrument or series.
    price_basis : str, optional
        Of its prices; none for macro series.
    """

    package: str
    path: str
    layout: Literal["bars", "adjusted_bars", "columns"]
    price_basis: PriceBasis | None = None


DATA_SETS: Mapping[str, DataSet] = {
    "arch.sp500": DataSet("arch", "data/sp500/sp500.csv.gz", "bars", "raw"),
    "arch.nasdaq": DataSet("arch", "data/nasdaq/nasdaq.csv.gz", "bars", "raw"),
    "arch.vix": DataSet("arch", "data/vix/vix.csv.gz", "columns", "raw"),
    "skfolio.sp500_index": DataSet("skfolio", "datasets/data/sp500_index.csv.gz", "columns", "raw"),
    "skfolio.sp500_dataset": DataSet("skfolio", "datasets/data/sp500_dataset.csv.gz", "columns", "total"),
    "skfolio.factors_dataset": DataSet("skfolio", "datasets/data/factors_dataset.csv.gz", "columns", "total"),
    "bokeh.stocks": DataSet("bokeh_sampledata", "_data/stocks.csv.gz", "adjusted_bars", "total"),
    "arch.wti": DataSet("arch", "data/wti/wti.csv.gz", "columns"),
    "arch.core_cpi": DataSet("arch", "data/core_cpi/core-cpi.csv.gz", "columns"),
    "arch.default": DataSet("arch", "data/default/default.csv.gz", "columns"),
}

BAR_COLUMNS = ("Open", "High", "Low", "Close", "Volume")


@functools.cache
def read_table(name: str) -> pd.DataFrame:
    """Return a data set as its file has it, with parsed dates in a column ``Date``.

    Raises
    ------
    SourceUnavailable
        If its package is not installed or does not carry the file.
    SourceError
        If the file cannot be read as the table it should be.
    """
    data_set = DATA_SETS[name]
    found = importlib.util.find_spec(data_set.package)
    if found is None or not found.submodule_search_locations:
        raise SourceUnavailable(f"package {data_set.package!r} is not installed; run make to sync the environment")
    path = Path(found.submodule_search_locations[0]) / data_set.path
    if not path.is_file():
        raise SourceUnavailable(f"{path} does not exist; install {data_set.package} as requirements.txt pins it")
    try:
        table = pd.read_csv(path, na_values=["."])  # FRED marks what was not observed with a full stop
        table["Date"] = pd.to_datetime(table["Date"])
    except (ValueError, KeyError, OSError, EOFError) as error:
        raise SourceError(f"{path} cannot be read: {error}; install {data_set.package} again") from error
    return table


def days_of(table: pd.DataFrame) -> DateArray:
    """Return the dates of a table's rows."""
    return table["Date"].to_numpy().astype("datetime64[D]")


def numbers_of(table: pd.DataFrame, column: str, name: str) -> FloatArray:
    """Return a column of data set ``name`` as numbers, NaN where it is blank.

    Raises
    ------
    SourceError
        If there is no such column, or it is not numeric.
    """
    if column not in table:
        raise SourceError(f"{name} has no column {column!r}; it has {listed(table.columns)}: correct sources.yaml")
    try:
        return table[column].to_numpy(dtype=np.float64)
    except ValueError as error:
        raise SourceError(f"column {column!r} of {name} is not numeric: {error}") from error


def listed(names: object) -> str:
    """Return names for a message, the first five of many."""
    texts = [str(name) for name in cast(Sequence[object], names)]
    return ", ".join(texts[:5]) + (f" and {len(texts) - 5} more" if len(texts) > 5 else "")
