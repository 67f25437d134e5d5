"""Data Docs as pages that need nothing but themselves.

Great Expectations' pages take their styles, scripts and logo from other hosts, and their index is a script's
work. Here each page is written once more without any of that, and the index is ours: plain tables with links.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

TITLE = "Tetra · Data quality"
OURS = b'<!DOCTYPE html>\n<html lang="en" data-pages="tetra">'
"""First bytes of every page that was written here."""

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
NOTHING_FROM_ELSEWHERE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
FAILURES_SHOWN = 3


@dataclass(frozen=True)
class _Result:
    """One kept validation; ``page`` is relative to the site."""

    suite: str
    name: str
    time: str
    status: str
    checked: int
    failed: tuple[str, ...]
    page: PurePosixPath


def publish(site: Path, validations: Path, *, suites: Iterable[str]) -> None:
    """Make the pages built since the last time stand alone, then write the index, last.

    Parameters
    ----------
    site : Path
        Directory of the Data Docs.
    validations : Path
        Directory of the results as JSON.
    suites : iterable of str
        Names of the suites to list.
    """
    results = sorted(_results(site, validations), key=lambda result: result.time, reverse=True)
    verdicts = {result.page: result.status for result in results}
    for folder in ("expectations", "validations"):
        for path in (site / folder).rglob("*.html"):
            with path.open("rb") as file:
                done = file.read(len(OURS)) == OURS
            if not done:
                page = PurePosixPath(path.relative_to(site).as_posix())
                _replace(path, _standalone(path.read_text(encoding="utf-8"), page, verdicts.get(page)))
    _replace(site / "index.html", _index(site, results, suites))
    entrance = site.parent / "index.html"
    if not entrance.exists():
        _replace(entrance, _entrance(site.name))


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)  # noqa: PTH105 - a reader sees the old page or the new one


def _results(site: Path, validations: Path) -> Iterable[_Result]:
    for path in validations.rglob("*.json"):
        page = PurePosixPath("validations", path.relative_to(validations).with_suffix(".html").as_posix())
        if (site / page).exists():  # not when the run was killed between the two
            yield _result(json.loads(path.read_text(encoding="utf-8")), page)


def _result(document: dict[str, Any], page: PurePosixPath) -> _Result:
    failed = [item for item in document["results"] if not item["success"]]
    run = document["meta"]["run_id"]
    return _Result(
        suite=document["suite_name"],
        name=str(run["run_name"]),
        time=str(run["run_time"]),
        status="FAIL" if any(map(_critical, failed)) else "WARN" if failed else "PASS",
        checked=len(document["results"]),
        failed=tuple(_words(item["expectation_config"]) for item in failed),
        page=page,
    )


def _critical(item: dict[str, Any]) -> bool:
    """Return whether the failure makes the verdict FAIL: the rule of ``runner``."""
    raised = item.get("exception_info") and item["exception_info"].get("raised_exception", True)
    return bool(raised) or item["expectation_config"].get("severity") != "warning"


def _words(configuration: dict[str, Any]) -> str:
    kwargs = configuration["kwargs"]
    pair = [kwargs[name] for name in ("column_A", "column_B") if name in kwargs]
    columns = kwargs.get("column") or kwargs.get("column_list") or pair or "table"
    return f"{configuration['type']}({columns if isinstance(columns, str) else ', '.join(map(str, columns))})"


class _Body(HTMLParser):
    """Collects what a page says, without anything that loads, runs or submits.

    Great Expectations writes values of the data unescaped: a tag that its templates do not use is taken for text.
    """

    VOID = frozenset({"base", "br", "embed", "hr", "img", "input", "link", "meta", "source"})
    GONE_VOID = VOID - {"br", "hr"}
    GONE = frozenset({"audio", "footer", "form", "iframe", "object", "script", "style", "svg", "title", "video"})
    GONE_CLASSES = ("navbar-expand-md", "mb-3")  # the bar with the logo, the buttons that only a script answers
    KEPT_INLINE = frozenset({"a", "br", "code", "em", "i", "small", "span", "strong"})
    KEPT_BLOCKS = frozenset({"div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "nav", "ol", "p", "pre", "ul"})
    KEPT = KEPT_INLINE | KEPT_BLOCKS | {"table", "tbody", "td", "th", "thead", "tr"}
    KEPT_ATTRIBUTES = frozenset({"id", "class", "href", "colspan", "rowspan", "hidden"})
    ICONS = (("text-success", "✓"), ("text-danger", "✗"), ("text-warning", "!"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text: list[str] = []
        self._inside = False
        self._gone: str | None = None
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write the tag with what it may keep, or begin to leave out."""
        if self._gone:
            self._depth += tag == self._gone
        elif tag == "body":
            self._inside = True
        elif self._inside and tag not in self.GONE_VOID:
            values = {name: value or "" for name, value in attrs}
            if self._goes(tag, values):
                self._gone, self._depth = tag, 1
                return
            if tag not in self.KEPT:
                self.text.append(escape(self.get_starttag_text() or ""))
                return
            self.text.append(f"<{tag}{''.join(self._attributes(values))}>")
            if tag == "i":
                self.text.extend(sign for name, sign in self.ICONS if name in values.get("class", "").split())

    def handle_endtag(self, tag: str) -> None:
        """Write the tag, or end leaving out."""
        if self._gone:
            self._depth -= tag == self._gone
            if not self._depth:
                self._gone = None
        elif tag == "body":
            self._inside = False
        elif self._inside and tag not in self.VOID:
            self.text.append(f"</{tag}>" if tag in self.KEPT else f"&lt;/{tag}&gt;")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write ``<br/>`` as ``<br>``, and ``<i/>`` with its end."""
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        """Write text."""
        if self._inside and not self._gone:
            self.text.append(data)

    def handle_entityref(self, name: str) -> None:
        """Write the reference as it stood."""
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Write the reference as it stood."""
        self.handle_data(f"&#{name};")

    def _goes(self, tag: str, values: dict[str, str]) -> bool:
        if tag in self.GONE or (tag == "a" and values.get("data-toggle") == "collapse"):
            return True
        classes = values.get("class", "").split()
        return tag in ("nav", "div") and ("navbar" in classes or "card" in classes) and _any(self.GONE_CLASSES, classes)

    def _attributes(self, values: dict[str, str]) -> Iterable[str]:
        for name, value in values.items():
            if name not in self.KEPT_ATTRIBUTES:
                continue
            if name == "href" and (urlsplit(value).scheme or urlsplit(value).netloc):
                continue
            yield f' {name}="{escape(value)}"'


def _any(wanted: Iterable[str], found: list[str]) -> bool:
    return any(name in found for name in wanted)


def _standalone(text: str, page: PurePosixPath, status: str | None) -> str:
    body = _Body()
    body.feed(text)
    body.close()
    home = "../" * (len(page.parts) - 1) + "index.html"
    if page.parts[0] == "validations":
        name = f"{'.'.join(page.parts[1:-3])} · {_slice(page.parts[-3])}"
    else:
        name = ".".join(page.with_suffix("").parts[1:])
    bar = f'<a href="{home}">{TITLE}</a> / {escape(name)} {_badge(status) if status else ""}'
    return _document(f"{name} · {TITLE}", "".join(body.text), bar=bar)


def _document(title: str, body: str, *, bar: str = "") -> str:
    top = f'<div class="top">{bar}</div>\n' if bar else ""
    return (
        f'{OURS.decode()}\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{NOTHING_FROM_ELSEWHERE}">\n'
        f'<link rel="icon" href="data:,">\n<style>\n{STYLE}</style>\n</head>\n'
        f'<body>\n{top}<div class="page">\n{body}\n</div>\n</body>\n</html>\n'
    )


def _badge(status: str) -> str:
    return f'<span class="status {status}">{status}</span>'


def _table(head: tuple[str, ...], rows: list[str]) -> str:
    cells = "".join(f"<th>{name}</th>" for name in head)
    empty = f'<tr><td colspan="{len(head)}" class="soft">None yet.</td></tr>'
    body = "\n".join(rows) or empty
    return f'<div class="scroll"><table>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def _link(page: PurePosixPath, text: str) -> str:
    return f'<a href="{escape(quote(str(page)))}">{escape(text)}</a>'


def _index(site: Path, results: list[_Result], suites: Iterable[str]) -> str:
    newest: dict[str, _Result] = {}
    for result in results:
        newest.setdefault(result.suite, result)
    listed = []
    for suite in suites:
        page = PurePosixPath("expectations", *suite.split(".")).with_suffix(".html")
        if (site / page).exists():
            last = newest.get(suite)
            verdict = f"{_badge(last.status)} {_link(last.page, _slice(last.name))}" if last else "not judged yet"
            listed.append(f'<tr><td>{_link(page, suite)}</td><td class="soft">{verdict}</td></tr>')
    body = (
        f'<h1>{TITLE}</h1>\n<p class="lead">Great Expectations\' Data Docs: every gate with the values it saw, '
        "newest first.</p>\n<h2>Validations</h2>\n"
        + _table(("Status", "Suite", "Slice", "Time (UTC)", "Expectations met", "Not met"), [_row(r) for r in results])
        + '\n<p class="soft">FAIL: a critical expectation was not met. WARN: only lesser ones were not.</p>'
        + "\n<h2>Suites</h2>\n"
        + _table(("Suite", "Newest result"), listed)
    )
    return _document(TITLE, body)


def _slice(run_name: str) -> str:
    return run_name.removeprefix("slice_")


def _row(result: _Result) -> str:
    failed = "<br>".join(f"<code>{escape(words)}</code>" for words in result.failed[:FAILURES_SHOWN])
    if len(result.failed) > FAILURES_SHOWN:
        failed += f"<br>and {len(result.failed) - FAILURES_SHOWN} more"
    time = escape(result.time[:19].replace("T", " "))
    met = f"{result.checked - len(result.failed)} of {result.checked}"
    return (
        f'<tr><td class="tight">{_badge(result.status)}</td><td class="tight">{escape(result.suite)}</td>'
        f'<td class="tight">{_link(result.page, _slice(result.name))}</td>'
        f'<td class="tight">{time}</td><td class="tight">{met}</td><td>{failed}</td></tr>'
    )


def _entrance(site_name: str) -> str:
    return _document(
        "Tetra · Documents",
        "<h1>Tetra · Documents</h1>\n<ul>\n"
        f'<li><a href="{quote(site_name)}/index.html">Data quality</a>: every gate with the values it saw</li>\n'
        '<li><a href="dbt/index.html">dbt docs</a>: every table and column, and what it is made of</li>\n</ul>',
    )
