"""Data Docs need nothing but their own files: no other host, no script; the index leads to every page."""

from __future__ import annotations

import json
import re
import time
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
from tests.expectations.good_slices import GOOD, bars, observations

from tetra_expectations import pages
from tetra_expectations.runner import SUITES, validate

SUITE = "economic_data.releases"


def judge(frame: pd.DataFrame, root: Path, slice_key: str, suite: str = SUITE) -> str:
    day = date(2015, 6, 2)
    return validate(frame, suite=suite, slice_key=slice_key, as_of=day, run_id="test", project_dir=root).status


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.extend((tag, name, value or "") for name, value in attrs)

    def handle_data(self, data: str) -> None:
        if self.lasttag != "style":
            self.words.extend(data.split())

    @property
    def hrefs(self) -> list[str]:
        return [value for tag, name, value in self.attributes if (tag, name) == ("a", "href")]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def see(path: Path) -> Seen:
    seen = Seen()
    seen.feed(path.read_text(encoding="utf-8"))
    return seen


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site after a slice that passes, one that fails, and one with a warning."""
    root = tmp_path_factory.mktemp("state")
    lacking, late, odd = observations(), observations(), bars()
    lacking.loc[0, "value"] = None
    late["share_of_days_allowed"] = 1.7
    odd["symbol"] = odd["symbol"].replace("A", "<b>A&amp;</b><script>alert(1)</script>")
    odd.loc[1] = odd.loc[0]
    assert [
        judge(observations(), root, "2015-06-01..2015-06-05"),
        judge(lacking, root, "2015-06-02"),
        judge(late, root, "2015-06-03"),
        judge(odd, root, "2015-06-04", "market_data.ohlcv"),
    ] == ["PASS", "FAIL", "WARN", "FAIL"]
    return root / "docs" / "data_quality"


def documents(site: Path) -> list[Path]:
    return sorted(site.parent.rglob("*.html"))


def page_of(site: Path, slice_key: str) -> Path:
    (page,) = (site / "validations").rglob(f"slice_{slice_key}/*/*.html")
    return page


def test_no_page_needs_another_host_or_a_script(site: Path):
    assert len(documents(site)) == 2 + 4 + len(GOOD)  # the entrance and the index, validations, suites
    for path in documents(site):
        text, seen = path.read_text(encoding="utf-8"), see(path)
        assert not re.search(r"https?://|url\(|@import|newsletter|dataContextId", text), path
        assert not seen.tags & {"script", "img", "iframe", "form", "input", "footer", "object"}, path
        loaded = [value for tag, name, value in seen.attributes if name == "src" or (tag, name) == ("link", "href")]
        assert loaded == ["data:,"], path
        assert not [name for _, name, _ in seen.attributes if name.startswith("on")], path


def test_every_link_leads_to_a_file_of_the_site(site: Path):
    for path in documents(site):
        for href in see(path).hrefs:
            parts = urlsplit(href)
            assert not parts.scheme
            assert not parts.netloc
            if href == "dbt/index.html":  # another task's
                continue
            assert not parts.path or (path.parent / unquote(parts.path)).is_file(), (path, href)
            if not parts.path:
                assert f'id="{parts.fragment}"' in path.read_text(encoding="utf-8"), (path, href)


def test_the_index_lists_validations_newest_first_and_the_suites(site: Path):
    seen = see(site / "index.html")
    assert "Tetra · Data quality" in seen.text
    assert "Data Docs" in seen.text
    slices = [re.search(r"slice_([^/]+)", href) for href in seen.hrefs if href.startswith("validations/")]
    assert [found and found[1] for found in slices][:4] == [
        "2015-06-04",
        "2015-06-03",
        "2015-06-02",
        "2015-06-01..2015-06-05",
    ]
    checks = len(SUITES[SUITE]().expectations)
    all_but_one = rf"\S+ \S+ {checks - 1} of {checks} expect\w+"
    assert re.search(rf"WARN economic_data\.releases 2015-06-03 {all_but_one}\(share_of_days_allowed\)", seen.text)
    assert re.search(rf"FAIL economic_data\.releases 2015-06-02 {all_but_one}\(value\)", seen.text)
    assert re.search(rf"PASS economic_data\.releases 2015-06-01..2015-06-05 \S+ \S+ {checks} of {checks}", seen.text)
    assert "expectations/assessment/strategy_rankings.html" in seen.hrefs


def test_a_validation_page_shows_what_failed_in_its_text(site: Path):
    seen = see(page_of(site, "2015-06-02"))
    assert "economic_data.releases · 2015-06-02 FAIL" in seen.text
    assert "✗ values must never be null." in seen.text
    assert "1 unexpected values found" in seen.text
    assert "AAA 2015-04-01" in seen.text  # which one
    assert "WARN" in see(page_of(site, "2015-06-03")).text
    assert "✗" not in see(page_of(site, "2015-06-01..2015-06-05")).text


def test_values_of_the_data_stay_text(site: Path):
    assert "<b>A&" in see(page_of(site, "2015-06-04")).text  # as text: the page itself has it escaped
    assert "<b>" not in page_of(site, "2015-06-04").read_text(encoding="utf-8")


def test_a_page_keeps_what_it_says_and_no_more():
    text = pages._standalone(
        "<body><nav class='navbar navbar-expand-md'><nav>logo</nav></nav>"
        "<p onclick='x()' style='a'>1 &lt; 2 &#38; 3</p>"
        '<a href="javascript:x()">a</a><a href="https://example.org">b</a><i class="text-danger"/><br/></body>',
        pages.PurePosixPath("expectations/a&b/<i>.html"),
        None,
    )
    assert '<p>1 &lt; 2 &#38; 3</p><a>a</a><a>b</a><i class="text-danger">✗</i><br>' in text
    assert "a&amp;b.&lt;i&gt;" in text
    assert "logo" not in text


def test_names_on_the_index_are_escaped(tmp_path: Path):
    result = {
        "suite_name": "<b>&",
        "results": [
            {
                "success": False,
                "exception_info": {"raised_exception": False},
                "expectation_config": {"type": "<i>", "kwargs": {"column": '"<u>"'}, "severity": "warning"},
            }
        ],
        "meta": {"run_id": {"run_name": "slice_<s>", "run_time": "2015-06-01T00:00:00+00:00"}},
    }
    site, validations = tmp_path / "docs" / "q", tmp_path / "validations"
    place = Path("a#b", 'x"<y>', "time", "page")
    for path, text in (
        (validations / f"{place}.json", json.dumps(result)),
        (site / "validations" / f"{place}.html", ""),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    pages.publish(site, validations, suites=())
    text = (site / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<b>|<i>|<u>|<s>|<y>", text)
    assert "&lt;b&gt;&amp;" in text
    assert "WARN" in text
    (href,) = see(site / "index.html").hrefs
    assert (site / unquote(href)).is_file()


def test_only_new_pages_are_written_and_the_entrance_is_left_alone(tmp_path: Path):
    judge(observations(), tmp_path, "2015-06-01")
    site = tmp_path / "docs" / "data_quality"
    old, entrance = page_of(site, "2015-06-01"), tmp_path / "docs" / "index.html"
    assert {"data_quality/index.html", "dbt/index.html"} == set(see(entrance).hrefs)
    entrance.write_text("mine")
    written = old.stat().st_mtime_ns, old.stat().st_ino
    judge(observations(), tmp_path, "2015-06-02")
    assert (old.stat().st_mtime_ns, old.stat().st_ino) == written
    assert entrance.read_text() == "mine"
    assert not list((tmp_path / "docs").rglob("*.new"))


def test_pages_of_before_are_made_to_stand_alone(tmp_path: Path):
    judge(observations(), tmp_path, "2015-06-01")
    site = tmp_path / "docs" / "data_quality"
    old = page_of(site, "2015-06-01")
    old.write_text('<html><head><script src="https://example.org/x.js"></script></head><body><p>kept</p></body></html>')
    judge(observations(), tmp_path, "2015-06-02")
    assert "https:" not in old.read_text(encoding="utf-8")
    assert "kept" in see(old).text


def test_a_full_site_costs_little(tmp_path: Path):
    judge(observations(), tmp_path, "2015-06-01")
    site, validations = tmp_path / "docs" / "data_quality", tmp_path / "great_expectations" / "validations"
    page, (result,) = page_of(site, "2015-06-01"), validations.rglob("*.json")
    for number in range(200):
        for path in (page, result):
            path.with_stem(f"{path.stem}{number}").write_bytes(path.read_bytes())
    began = time.perf_counter()
    pages.publish(site, validations, suites=())
    assert time.perf_counter() - began < 2  # 0.03 s measured
