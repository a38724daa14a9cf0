"""From documents to rows: their words in a form in which one is counted without analysing the text again.

Each word stands between two spaces of its own, so that `words.count(" router ")` counts it and `"  to  manual " in words` finds a
phrase. Texts that no phrase may run across stand in lines of their own, and so does what a word is also found under. A facet is a
word that nobody can type.
"""

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from search.analysis import Analysed, Language
from search.engine import Document
from search.facts import facets_of, flags_of, labels_of, seconds

FACET_SIGN = "="
"""Begins no word, and the full text of both databases keeps it in a word."""

Row = dict[str, Any]


def facet_word(term: str) -> str:
    """The word a facet term is kept as: no longer than a word, whatever the name."""
    return FACET_SIGN + blake2b(term.encode("utf-8", "replace"), digest_size=9).hexdigest()


def spaced(words: Iterable[str]) -> str:
    """The words as they stand in a row: a part of it, or all of it."""
    joined = "  ".join(words)
    return f" {joined} " if joined else ""


def row_of(document: Document, language: Language) -> Row:
    """A document as a row of its index."""
    texts = (document.title, document.body, document.comments, labels_of(document))
    title, body, comments, labels = map(language.analyse, texts)
    facets = [f" {facet_word(term)} " for term in dict.fromkeys(facets_of(document))]
    alone = [f" {word} " for word in labels.counts.elements()]
    return {
        "question_id": document.question_id,
        "answer_id": document.answer_id or 0,
        "best_before": seconds(document.best_before_at),
        "expires": seconds(document.expires_at),
        "created": seconds(document.created_at),
        "activity": seconds(document.activity_at or document.created_at),
        "votes": document.votes,
        "flags": flags_of(document),
        "tags": _clean("\n".join(document.tags)),
        "title_length": title.counts.total(),
        "length": body.counts.total() + comments.counts.total() + labels.counts.total(),
        "title_words": "\n".join(_lines(title)),
        "words": "\n".join([*_lines(body), *_lines(comments), *alone, *facets]),
        "title": _clean(document.title),
        "body": _clean(document.body),
    }


def match_texts(rows: Iterable[Row]) -> tuple[str, str]:
    """What the full text has of a question: its title's words, and those of all its documents. The rows are its own, in order."""
    rows = list(rows)
    return rows[0]["title_words"], "\n".join(row["words"] for row in rows)


def _lines(text: Analysed) -> list[str]:
    """The words in order, then each on its own what they are found under besides."""
    spoken = text.sequence.split()
    return [spaced(spoken), *(f" {word} " for word in (text.counts - Counter(spoken)).elements())]


def _clean(text: str) -> str:
    """The text as both databases can keep it: PostgreSQL refuses NUL, and halves of characters have no bytes."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()
