"""Articles from files: by ticker and market-wide, in archives, with quotes and bytes as they come."""

from __future__ import annotations

import io
import logging
import lzma
import tarfile
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.settings import load_yaml
from tetra.sources.files import FilesSource
from tetra.sources.record_types import Article, RecordBatch, RecordRequest, VendorScore

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


def test_an_article_is_about_the_symbols_of_its_tickers_and_scored_for_the_one(tmp_path: Path):
    client = write_feed(
        tmp_path,
        "Cupertino rises,2024-03-08 08:30:00,AAPL,https://a/1,0.4",
        "Both rise,2024-03-08 17:00:00,BRK-B;AAPL,https://a/2,-0.2",
    )
    batch = news(client, "AAPL", **{"BRK.B": "BRK-B"})
    assert batch.records == (
        Article(
            "Cupertino rises",
            date(2024, 3, 8),
            datetime(2024, 3, 8, 13, 30, tzinfo=UTC),
            ("AAPL",),
            "https://a/1",
            scores=(VendorScore("AAPL", 0.4),),
        ),
        Article(
            "Both rise",
            date(2024, 3, 8),
            datetime(2024, 3, 8, 22, 0, tzinfo=UTC),
            ("AAPL", "BRK.B"),
            "https://a/2",
            scores=(VendorScore(None, -0.2),),
        ),
    )
    assert (batch.source, batch.served, batch.rejected) == ("files:mine", {"AAPL", "BRK.B"}, ())


def test_a_midnight_without_an_offset_is_a_day_and_no_moment(tmp_path: Path):
    client = write_feed(
        tmp_path,
        "A day,2024-03-08,AAPL,,",
        "A day too,2024-03-08 00:00:00,AAPL,,",
        "A moment,2024-03-08T00:00:00Z,AAPL,,",
    )
    told = [(article.published_on, article.published_at) for article in news(client, "AAPL").records]
    assert told == [
        (date(2024, 3, 8), None),
        (date(2024, 3, 8), None),
        (date(2024, 3, 7), datetime(2024, 3, 8, tzinfo=UTC)),
    ]


def test_market_wide_news_is_given_only_where_it_is_asked_for(tmp_path: Path):
    client = write_feed(tmp_path, "Stocks rise,2024-03-08,,,", "Cupertino rises,2024-03-08,AAPL,,")
    assert [article.headline for article in news(client, "AAPL").records] == ["Cupertino rises"]
    batch = news(client, "AAPL", "*")
    assert [article.headline for article in batch.records] == ["Stocks rise", "Cupertino rises"]
    assert batch.served == {"AAPL", "*"}


def test_tickers_not_asked_for_are_left_out_and_counted_not_rejected(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    client = write_feed(tmp_path, "One,2024-03-08,AAPL,,", "Two,2024-03-08,ZZZ,,x", "Three,2024-03-08,ZZZ;YYY,,")
    with caplog.at_level(logging.INFO):
        batch = news(client, "AAPL", "*")
    assert [article.headline for article in batch.records] == ["One"]
    assert batch.rejected == ()
    assert "left out 3 rows of 2 tickers not asked for, such as YYY, ZZZ" in caplog.text


def test_a_headline_listed_under_each_of_its_tickers_is_one_article(tmp_path: Path):
    row = "{},A name,20110706,Chat with Skype ,A lead,normal\n"
    (tmp_path / "day.csv").write_text(row.format("GOOG") + row.format("MSFT") + row.format("AAPL").replace("06", "07"))
    client = source(f"{tmp_path}/*.csv", "reuters_by_ticker", constants={"publisher": "Reuters"})
    batch = news(client, "MSFT", "AAPL", "GOOG")
    assert [(article.symbols, article.published_on.day) for article in batch.records] == [
        (("GOOG", "MSFT"), 6),
        (("AAPL",), 7),
    ]
    assert {article.publisher for article in batch.records} == {"Reuters"}
    assert batch.records[0].headline == "Chat with Skype"


def test_scores_of_one_article_for_several_symbols_are_kept_apart(tmp_path: Path):
    client = write_feed(
        tmp_path,
        "Both,2024-03-08,AAPL,https://a/1,0.5",
        "Both,2024-03-08,MSFT,https://a/1,-0.5",
        "Both,2024-03-08,MSFT,https://a/1,0.9",
    )
    (article,) = news(client, "AAPL", "MSFT").records
    assert article.scores == (VendorScore("AAPL", 0.5), VendorScore("MSFT", -0.5))


def test_a_symbol_is_answered_for_from_its_first_to_its_last_article(tmp_path: Path):
    client = write_feed(tmp_path, "One,2024-03-01,AAPL,,", "Two,2024-03-29,AAPL,,", "Three,2024-03-01,MSFT,,")
    batch = news(client, "AAPL", "MSFT", span=(date(2024, 3, 8), date(2024, 3, 8)))
    assert (batch.records, batch.served) == ((), {"AAPL"})
    with pytest.raises(SourceUnavailable, match="no article of AAPL, MSFT from 2024-04-01"):
        news(client, "AAPL", "MSFT", span=(date(2024, 4, 1), date(2024, 4, 1)))


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz", ".tar.xz"])
def test_every_member_of_an_archive_is_read(tmp_path: Path, ending: str):
    days = {f"news_2011070{day}.csv": f"AAPL,Apple,2011070{day},Day {day},Lead,normal\n".encode() for day in (6, 7)}
    write_tar(tmp_path / f"news{ending}", days)
    batch = news(source(f"{tmp_path}/news{ending}", "reuters_by_ticker"), "AAPL")
    assert [(article.headline, article.published_on.day) for article in batch.records] == [("Day 6", 6), ("Day 7", 7)]


def test_every_member_of_a_zip_is_read(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "news.zip", "w") as archive:
        archive.mkdir("input")
        archive.writestr("input/a.csv", "AAPL,Apple,20110706,One,Lead,normal\n")
        archive.writestr("input/b.csv", "AAPL,Apple,20110707,Two,Lead,normal,extra\n")  # a day with a column more
    batch = news(source(f"{tmp_path}/*.zip", "reuters_by_ticker"), "AAPL")
    assert [article.headline for article in batch.records] == ["One", "Two"]


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


def test_quotes_that_no_one_escaped_stay_in_the_headline(tmp_path: Path):
    (tmp_path / "day.csv").write_text(
        'TWX,Time,20110713,"Harry Potter" seeks magic ,Lead,normal\n'
        'TWX,Time,20110715,"Mad Men " "Modern Family" to defend ,"Lead" too,normal\n'
        "TWX,Time,20110716,A plain one,Lead,normal\n"
    )
    batch = news(source(f"{tmp_path}/day.csv", "reuters_by_ticker"), "TWX")
    assert [article.headline for article in batch.records] == [
        '"Harry Potter" seeks magic',
        '"Mad Men " "Modern Family" to defend',
        "A plain one",
    ]
    assert batch.records[1].summary == '"Lead" too'
    assert batch.rejected == ()


def test_a_headline_over_two_lines_is_one_even_beside_stray_quotes(tmp_path: Path):
    (tmp_path / "feed.csv").write_text(
        'Title,Date\n"Two, or more,\nlines",2024-03-08\n"Nerdy" one,2024-03-09\n'
        '"Unclosed one,2024-03-10\nLast,2024-03-11\n'
    )
    batch = news(source(f"{tmp_path}/feed.csv", "headlines"), "*")
    assert [article.headline for article in batch.records] == [
        "Two, or more,\nlines",
        '"Nerdy" one',
        '"Unclosed one',
        "Last",
    ]


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


def test_another_encoding_is_read_where_the_layout_says_so(tmp_path: Path):
    (tmp_path / "feed.csv").write_bytes(b"Title,Date\nNestl\xe9 rises,2024-03-08\n")
    assert news(source(f"{tmp_path}/feed.csv", "latin"), "*").records[0].headline == "Nestlé rises"


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


def test_files_named_by_ticker_need_no_column_of_tickers(tmp_path: Path):
    for name in ("BRK-B", "MSFT"):
        (tmp_path / f"{name}.csv").write_text(f"Title,Date\nAbout {name},2024-03-08\n")
    client = source(f"{tmp_path}/{{symbol}}.csv", "headlines")
    (batch,) = client.news(RecordRequest({"BRK.B": "BRK-B", "AAPL": "AAPL"}, *YEARS))
    assert [(article.headline, article.symbols) for article in batch.records] == [("About BRK-B", ("BRK.B",))]


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


def test_real_market_wide_headlines_are_read_whole(market_data: Path):
    path = market_data / "news/sp500_headlines_2008_2024.csv.xz"
    batch = news(source(str(path), "headlines"), "*")
    assert (len(batch.records), batch.rejected, batch.served) == (18_137, (), {"*"})
    assert batch.records[0].headline == 'JPMorgan Predicts 2008 Will Be "Nothing But Net"'
    assert batch.records[-1].published_on == date(2024, 3, 4)


def test_real_headlines_by_ticker_are_read_out_of_their_archive(market_data: Path):
    client = source(f"{market_data}/news/reuters_by_ticker.tar.xz", "reuters_by_ticker")
    batch = news(client, "AAPL", "TWX", "JPM")
    assert batch.served == {"AAPL", "TWX", "JPM"}
    assert '"Harry Potter" seeks box office magic one last time' in {one.headline for one in batch.records}
    assert {one.published_on.year for one in batch.records} == {2011, 2018}  # days of six columns, and of seven
    # two of JPM's have a full stop for a headline
    assert [record.record["headline"] for record in batch.rejected] == [". ", ". "]
