"""Articles from files: by ticker and market-wide, in archives, with quotes and bytes as they come."""

from __future__ import annotations

import logging
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.tetra.sources.news_files import YEARS, news, source, write_feed, write_tar

from tetra.errors import SourceUnavailable
from tetra.sources.record_types import Article, RecordRequest, VendorScore


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


def test_another_encoding_is_read_where_the_layout_says_so(tmp_path: Path):
    (tmp_path / "feed.csv").write_bytes(b"Title,Date\nNestl\xe9 rises,2024-03-08\n")
    assert news(source(f"{tmp_path}/feed.csv", "latin"), "*").records[0].headline == "Nestlé rises"


def test_files_named_by_ticker_need_no_column_of_tickers(tmp_path: Path):
    for name in ("BRK-B", "MSFT"):
        (tmp_path / f"{name}.csv").write_text(f"Title,Date\nAbout {name},2024-03-08\n")
    client = source(f"{tmp_path}/{{symbol}}.csv", "headlines")
    (batch,) = client.news(RecordRequest({"BRK.B": "BRK-B", "AAPL": "AAPL"}, *YEARS))
    assert [(article.headline, article.symbols) for article in batch.records] == [("About BRK-B", ("BRK.B",))]


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
