"""Files of articles that are damaged, odd or mistakenly configured: a row is set aside, a file is named."""

from __future__ import annotations

import lzma
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.tetra.sources.news_files import LAYOUTS, news, source, write_feed, write_tar

from tetra.errors import SettingsError, SourceError
from tetra.sources.files import FilesSource


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tar.xz"])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_cut_archive_is_named(tmp_path: Path, ending: str, share: float):
    rows = {f"{day}.csv": f"AAPL,Apple,2011070{day},Day {day},{day * 999},normal\n".encode() * 200 for day in (6, 7, 8)}
    path = tmp_path / f"news{ending}"
    write_tar(path, rows)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(SourceError, match=rf"news{ending} is cut off or damaged .*fetch the file again"):
        news(source(f"{tmp_path}/news{ending}", "reuters_by_ticker"), "AAPL")


def test_a_tar_cut_between_two_members_is_named(tmp_path: Path):
    path = tmp_path / "news.tar"
    write_tar(path, {"a.csv": b"AAPL,Apple,20110706,One,Lead,normal\n", "b.csv": b"AAPL,Apple,20110707,Two,,\n"})
    path.write_bytes(path.read_bytes()[: 512 * 3])  # the folder, and the first member with what it holds
    with pytest.raises(SourceError, match=r"news.tar is cut off or damaged \(its end is missing\)"):
        news(source(f"{path}", "reuters_by_ticker"), "AAPL")


def test_an_archive_without_a_file_is_named(tmp_path: Path):
    write_tar(tmp_path / "news.tar.xz", {})
    with pytest.raises(SourceError, match=r"news.tar.xz holds no file"):
        news(source(f"{tmp_path}/news.tar.xz", "reuters_by_ticker"), "AAPL")


def test_rows_that_cannot_be_told_into_columns_are_set_aside(tmp_path: Path):
    (tmp_path / "feed.csv").write_text(
        "Title,Date\nFirst,2024-03-08\nToo, many, commas,2024-03-09\nLast,2024-03-10\nCut o"
    )
    batch = news(source(f"{tmp_path}/feed.csv", "headlines"), "*")
    assert [article.headline for article in batch.records] == ["First", "Last"]
    assert [record.key for record in batch.rejected] == ["mine|feed.csv|line 3", "mine|feed.csv|line 5"]
    assert "the row has 4 fields, others have 2" in batch.rejected[0].reason
    assert batch.rejected[0].record == {"0": "Too", "1": " many", "2": " commas", "3": "2024-03-09"}


def test_bytes_that_are_no_text_cost_their_row_only(tmp_path: Path):
    (tmp_path / "feed.csv").write_bytes(
        b"\xef\xbb\xbfTitle,Date\nNestl\xe9 rises,2024-03-08\nA zero \0 byte,2024-03-09\nLast,2024-03-10\n"
    )
    batch = news(source(f"{tmp_path}/feed.csv", "headlines"), "*")
    assert [article.headline for article in batch.records] == ["Last"]
    assert [record.key for record in batch.rejected] == ["mine|feed.csv|line 2", "mine|feed.csv|line 3"]
    assert "bytes that are not UTF-8; say encoding: latin-1" in batch.rejected[0].reason
    assert batch.rejected[0].record["0"] == "Nestl\ufffd rises"


def test_a_file_of_nothing_but_such_bytes_is_named(tmp_path: Path):
    (tmp_path / "day.csv").write_bytes(b"\x00\xff\xfe\n\x00\xff\n")
    with pytest.raises(SourceError, match=r"day.csv has no column 0 for 'symbols'"):
        news(source(f"{tmp_path}/day.csv", "reuters_by_ticker"), "AAPL")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2024-03-08,AAPL,,", "it has no headline"),
        ("One,soon,AAPL,,", "published_at 'soon' is not a moment of the layout"),
        ("One,,AAPL,,", "it has no day of publication"),
        ("One,2024-03-08,AAPL,,high", "score 'high' is not a number"),
        ("One,2024-03-10 02:30:00,AAPL,,", "is skipped or shown twice by clocks of America/New_York"),
    ],
)
def test_an_article_with_a_bad_field_is_set_aside(tmp_path: Path, row: str, reason: str):
    batch = news(write_feed(tmp_path, "Good,2024-03-07,AAPL,,nan", row), "AAPL")
    assert [article.headline for article in batch.records] == ["Good"]
    (record,) = batch.rejected
    assert (record.key, record.source) == ("mine|feed.csv|line 3", "files:mine")
    assert reason in record.reason


def test_a_bad_row_of_another_day_is_not_told_again(tmp_path: Path):
    client = write_feed(tmp_path, "Good,2024-03-07,AAPL,,", "Bad,2024-03-08,AAPL,,high")
    assert news(client, "AAPL", span=(date(2024, 3, 7), date(2024, 3, 7))).rejected == ()
    assert len(news(client, "AAPL", span=(date(2024, 3, 8), date(2024, 3, 8))).rejected) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("feed.csv", b"", r"feed.csv is empty", id="empty"),
        pytest.param("feed.csv", b"<html>Not found</html>", r"has no column 'title' for 'headline'", id="page"),
        pytest.param("feed.csv.xz", lzma.compress(b"title,time\n")[:-9], r"feed.csv.xz is cut off", id="cut"),
        pytest.param("feed.csv.gz", b"<html>Not found</html>", r"feed.csv.gz is cut off or damaged", id="no gzip"),
        pytest.param("feed.zip", b"PK\x03\x04", r"feed.zip is cut off or damaged", id="cut zip"),
    ],
)
def test_a_file_that_is_no_such_table_is_named(tmp_path: Path, name: str, content: bytes, message: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        news(source(f"{tmp_path}/feed.*"), "AAPL")


def test_a_page_in_place_of_a_file_without_header_is_named(tmp_path: Path):
    (tmp_path / "day.csv").write_text("<html>\n<body>Not found</body>\n</html>\n")
    with pytest.raises(SourceError, match=r"day.csv has no column 2 for 'published_on'"):
        news(source(f"{tmp_path}/day.csv", "reuters_by_ticker"), "AAPL")


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"layout": "fred"}, "layout 'fred' has no column for 'headline'"),
        ({"layout": "index_spells"}, "has no column for 'headline'"),
        ({"symbols": ["AAPL"]}, "unknown key 'symbols'"),
        ({"constants": {"publsher": "x"}}, "unknown key 'publsher'; did you mean 'publisher'"),
        ({"constants": {"url": "x"}}, "'url' is a column of layout 'feed' too; remove one"),
        ({"constants": {"publisher": False}}, r"publisher must be a text or number \(quote NO, ON\), found False"),
        ({"timezone": "Europe/Londn"}, "did you mean 'Europe/London'"),
    ],
)
def test_a_mistake_in_a_data_set_of_records_is_named(block: dict[str, Any], message: str):
    with pytest.raises(SettingsError, match=message):
        FilesSource(layouts=LAYOUTS, news={"mine": {"path": "a/feed.csv", "layout": "feed", **block}})


def test_moments_need_a_zone():
    layout = {"columns": {"headline": "h", "published_at": "t"}}
    with pytest.raises(SettingsError, match="has no timezone; say which zone its times of day are in"):
        FilesSource(layouts={"own": layout}, news={"mine": {"path": "a/feed.csv", "layout": "own"}})
