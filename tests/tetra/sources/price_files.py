"""Files of prices and macro series as people have them, and the files source reading them."""

from __future__ import annotations

import gzip
import lzma
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from tetra.settings import load_yaml
from tetra.sources.base import ActionBatch, BarBatch, BarRequest, MacroBatch, MacroRequest
from tetra.sources.files import FilesSource

YEARS = (date(1990, 1, 1), date(2030, 1, 1))
HEADER = "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient"
ROWS = (
    "2020-08-28,504.05,505.77,498.31,499.23,124.8,46907479,0.0,1.0",
    "2020-08-31,127.58,131.0,126.0,129.04,129.04,225702688,0.0,4.0",
    "2020-09-01,132.76,134.8,130.53,134.18,134.18,152470142,0.205,1.0",
)
ALPHA_VANTAGE = "\n".join([HEADER, *ROWS, ""])
LAYOUTS = load_yaml("sources.yaml")["sources"]["files"]["layouts"]


def source(folder: Path | str, file_name: str, layout: str = "alpha_vantage", **more: Any) -> FilesSource:
    kind = "macro" if layout == "fred" else "bars"
    block = {"path": f"{folder}/{file_name}", "layout": layout, **more}
    return FilesSource(layouts=LAYOUTS, **{kind: {"mine": block}})


def bars(client: FilesSource, symbol: str = "AAPL", ticker: str = "", span: tuple[date, date] = YEARS) -> BarBatch:
    (batch,) = client.bars(BarRequest({symbol: ticker or symbol}, *span))
    return batch


def actions(client: FilesSource, symbol: str = "AAPL", span: tuple[date, date] = YEARS) -> ActionBatch:
    (batch,) = client.actions(BarRequest({symbol: symbol}, *span))
    return batch


def macro(client: FilesSource, series_id: str) -> MacroBatch:
    (batch,) = client.macro(MacroRequest((series_id,), *YEARS))
    return batch


def write(path: Path, text: str) -> Path:
    content = text.encode()
    if path.suffix == ".xz":
        content = lzma.compress(content)
    elif path.suffix == ".gz":
        content = gzip.compress(content)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(path.stem + ".csv", content)
    else:
        path.write_bytes(content)
    return path
