"""What makes one question come before another: every weight has a name here, and no engine adds its own.

    score = text × the question's votes × its best answer's freshness × that answer's standing

Text is BM25 per field. Standing is acceptance × verification × the company's word × votes. Asked without words, what
was active last comes first.
"""

from functools import lru_cache
from math import log, log2

from search.engine import Freshness

FRESHNESS = {Freshness.CURRENT: 1.0, Freshness.DUE: 0.8, Freshness.EXPIRED: 0.5, Freshness.ARCHIVED: 0.45}
"""An answer past its best-before date has to fit clearly better to come before a current one."""
NO_ANSWER = 0.9
"""A question that nobody has a living answer to: worth less to a reader than an answered one, more than a doubtful answer."""
ACCEPTED = 1.1
OFFICIAL = 1.08
VERIFIED = 1.04
SAYS_IT = 0.5
"""Which answer of a question is shown: the one that says most of the words is worth so much more than one that says none."""
VOTE_STEP = 0.02
"""What each doubling of the votes adds."""
VOTES_AT_MOST = 255
DOWNVOTED = 0.9
"""A post whose votes are below zero."""

TITLE = 3.0
"""A word in the title counts so many times one in a text."""
K1 = 1.2
"""BM25: how soon a word's repetition stops counting."""
B_TITLE = 0.3
B_BODY = 0.7
"""BM25: how much a long text dilutes its words."""

RAREST = 10
"""A long text is looked up by so many of its rarest words."""
LEAST_SHARE = 0.25
"""Similar questions have to share this much of what the rarest words of the title tell."""


@lru_cache(maxsize=1024)
def votes(count: int) -> float:
    """What votes multiply a score by."""
    return DOWNVOTED if count < 0 else 1 + VOTE_STEP * log2(1 + min(count, VOTES_AT_MOST))


def standing(count: int, *, accepted: bool, official: bool, verified: bool) -> float:
    """What an answer is worth to a reader apart from its freshness, 1 being one that nobody has said anything about."""
    worth = votes(count)
    if accepted:
        worth *= ACCEPTED
    if official:
        worth *= OFFICIAL
    if verified:
        worth *= VERIFIED
    return worth


def rarity(documents: int, with_term: int) -> float:
    """How much a term tells, from how few of all documents have it (the form of the idf that never falls below zero)."""
    return log(1 + (documents - with_term + 0.5) / (with_term + 0.5))


def norm(length: int, average: float, dilution: float) -> float:
    """What the length of a text does to its words in BM25; K1 for a text of the usual length."""
    return K1 * (1 - dilution + dilution * (length / average if average else 1.0))


def in_text(frequency: float, norm: float) -> float:
    """BM25's part of one term in one text, between 0 and K1 + 1."""
    return frequency * (K1 + 1) / (frequency + norm)
