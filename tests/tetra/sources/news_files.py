"""Files of articles as people have them, and the files source reading them."""

from __future__ import annotations

import io
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

from tetra.settings import load_yaml
from tetra.sources.files import FilesSource
from tetra.sources.record_types import Article, RecordBatch, RecordRequest

YEARS = (date(1990, 1, 1), date(2030, 1, 1))
LAYOUTS: dict[str, Any] = {
    **load_yaml("sources.yaml")["sources"]["files"]["layouts"],
    "feed": {
        "timezone": "America/New_York",
        "columns": {"headline": "title", "published_at": "time", "symbols": "tickers", "url": "url", "score": "score"},
    },
    "latin": {"encoding": "latin-1", "columns": {"headline": "Title", "published_on": "Date"}},
}
FEED = "title,time,tickers,url,score"


def source(path: str, layout: str = "feed", **more: Any) -> FilesSource:
    return FilesSource(layouts=LAYOUTS, news={"mine": {"path": path, "layout": layout, **more}})


def news(client: FilesSource, *symbols: str, span: tuple[date, date] = YEARS, **tickers: str) -> RecordBatch[Article]:
    (batch,) = client.news(RecordRequest({**{symbol: symbol for symbol in symbols}, **tickers}, *span))
    return batch


def write_feed(folder: Path, *rows: str) -> FilesSource:
    (folder / "feed.csv").write_text("\n".join([FEED, *rows, ""]))
    return source(f"{folder}/feed.csv")


def write_tar(path: Path, contents: dict[str, bytes]) -> None:
    mode: Any = {".xz": "w:xz", ".gz": "w:gz", ".tgz": "w:gz", ".tar": "w"}[path.suffix]
    with tarfile.open(path, mode) as archive:
        folder = tarfile.TarInfo("input")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in contents.items():
            entry = tarfile.TarInfo(f"input/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
