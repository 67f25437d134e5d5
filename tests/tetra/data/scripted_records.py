"""A source of records that serves what a test puts into it: for tests of what happens to records on their way in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from tetra.errors import SourceUnavailable
from tetra.sources.base import DataKind, Source
from tetra.sources.record_types import RECORD_KINDS, RecordBatch, RecordRequest


class ScriptedRecords(Source):
    """Serves ``answers[name][kind]``: batches, or an error to raise; remembers what it was asked.

    Parameters
    ----------
    script : str
        Which of ``answers`` is its own.
    """

    name: ClassVar[str] = "scripted"
    kinds: ClassVar[frozenset[DataKind]] = frozenset(RECORD_KINDS)
    answers: ClassVar[dict[str, dict[str, list[Any]]]] = {}
    asked: ClassVar[list[tuple[str, str, RecordRequest]]] = []

    def __init__(self, *, script: str) -> None:
        self.script = script

    def _serve(self, kind: str, request: RecordRequest) -> Iterator[RecordBatch[Any]]:
        self.asked.append((self.script, kind, request))
        for batch in self.answers[self.script].get(kind, []):
            if isinstance(batch, SourceUnavailable):
                raise batch
            yield batch

    def news(self, request: RecordRequest) -> Iterator[RecordBatch[Any]]:
        return self._serve("news", request)

    def earnings(self, request: RecordRequest) -> Iterator[RecordBatch[Any]]:
        return self._serve("earnings", request)

    def economic_events(self, request: RecordRequest) -> Iterator[RecordBatch[Any]]:
        return self._serve("economic_events", request)

    def geopolitical_events(self, request: RecordRequest) -> Iterator[RecordBatch[Any]]:
        return self._serve("geopolitical_events", request)

    def security_events(self, request: RecordRequest) -> Iterator[RecordBatch[Any]]:
        return self._serve("security_events", request)

    def index_membership(self, request: RecordRequest) -> Iterator[RecordBatch[Any]]:
        return self._serve("index_membership", request)
