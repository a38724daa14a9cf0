"""The addresses of things, as pages, feeds and mails write them. Paths on this site, without the host."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

LONGEST_SLUG = 60
"""Characters of a title that go into an address."""

PAGES_OF_A_QUESTION = frozenset({"edit", "revisions", "suggested-edits", "flags"})
"""Words that lead to another page where a title's would stand."""

_WORDS = re.compile("[a-z0-9]+")


@lru_cache(maxsize=4096)
def slug(title: str) -> str:
    """The words of a title for an address, cut after a whole word; "" where no Latin letters or digits are."""
    plain = unicodedata.normalize("NFKD", title.replace("’", "").replace("'", "")).encode("ascii", "ignore").decode().lower()
    words = "-".join(_WORDS.findall(plain))
    if words in PAGES_OF_A_QUESTION:
        return f"question-{words}"
    if len(words) <= LONGEST_SLUG:
        return words
    return words[: LONGEST_SLUG + 1].rpartition("-")[0] or words[:LONGEST_SLUG]


def question_url(question_id: int, title: str) -> str:
    """The one right address of a question's page."""
    words = slug(title)
    return f"/questions/{question_id}/{words}" if words else f"/questions/{question_id}"


def answer_url(question_id: int, title: str, answer_id: int) -> str:
    """Where an answer stands on its question's page."""
    return f"{question_url(question_id, title)}#answer-{answer_id}"


def comment_url(question_id: int, title: str, comment_id: int) -> str:
    """Where a comment stands on its question's page."""
    return f"{question_url(question_id, title)}#c{comment_id}"


def tag_url(name: str) -> str:
    """The page of a tag."""
    return f"/tags/{quote(name, safe='')}"
