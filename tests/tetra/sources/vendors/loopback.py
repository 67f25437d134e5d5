"""A vendor on 127.0.0.1: answers from a handler function, remembers what it was asked, knows no other network."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KEY = "s3cret-key"


@dataclass(frozen=True)
class Asked:
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """What the vendor sends; ``stalls`` sends nothing until the server stops, ``cut`` closes half way."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stalls: bool = False
    cut: bool = False

    def encoded(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


HTML = Reply("<!DOCTYPE html>\n<html><title>Down for maintenance</title></html>", headers={"Content-Type": "text/html"})
"""An error page with status 200."""

BUSY = Reply({"error": "too many requests"}, 429, {"Retry-After": "7"})
BROKEN = Reply("internal error", 500)


class Vendor:
    """The server; ``replies`` in order take precedence over ``answer``."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.replies: list[Reply] = []
        self.answer: Callable[[Asked], Reply] = lambda asked: Reply({}, 404)
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # head and body in one packet: two would wait 40 ms for each other

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._send(vendor.reply(Asked(unquote(parts.path), dict(parse_qsl(parts.query)), headers)))

            def _send(self, reply: Reply) -> None:
                if reply.stalls:
                    vendor.stopping.wait(30)
                    self.close_connection = True
                    return
                body = reply.encoded()
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if reply.cut else body)
                self.close_connection = self.close_connection or reply.cut

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def reply(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            planned = self.replies.pop(0) if self.replies else None
        return planned or self.answer(asked)

    @contextmanager
    def running(self) -> Iterator[Vendor]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.seconds += seconds
