"""The words that may be proposed, in the memory of the process: read again when they have changed, at a small share of time."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.pages import stamp
from search.analysis import fold
from search.spelling.keeper import WORDS
from search.spelling.models import SearchWord

MOST = 100_000
"""So many words at the most, the most frequent ones: about 25 MB, and 10 ms to go through."""
SHARE = 100
"""Reading the words again takes at most this part of the time."""
TWO_ERRORS_FROM = 6
"""In a word of so many letters two of them may be wrong; in a shorter one, one."""
LOOKED_AT = 40
"""So many of the nearest words are weighed."""

_WORDS = (
    select(SearchWord.word, SearchWord.questions)
    .where(SearchWord.is_code.is_(False))
    .order_by(SearchWord.questions.desc(), SearchWord.word)
    .limit(MOST)
)


class Near(NamedTuple):
    """A word that is like another one."""

    word: str
    errors: int
    """Letters that are missing, too many, wrong, or changed places with the next one."""


@dataclass(frozen=True)
class Vocabulary:
    """Words by their length, without case and accents."""

    version: tuple[tuple[str, int], ...] = ()
    by_length: Mapping[int, Sequence[str]] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    """Where accents were left out: how it is written mostly."""

    def near(self, word: str) -> list[Near]:
        """What `word` may have been meant to be, the most frequent of the same nearness first."""
        folded = fold(word)
        most = 2 if len(folded) >= TWO_ERRORS_FROM else 1
        found: list[tuple[str, float, int]] = []
        for length in range(len(folded) - most, len(folded) + most + 1):
            words = self.by_length.get(length, ())
            found += process.extract(folded, words, scorer=OSA.distance, score_cutoff=most, limit=LOOKED_AT)  # type: ignore[call-overload]  # its own types know no overloaded scorer, though its own are
        nearest = sorted(found, key=lambda one: one[1])[:LOOKED_AT]
        return [Near(self.written.get(one, one), int(errors)) for one, errors, _ in nearest if errors]


class VocabularyKeeper:
    """The vocabulary of one process, shared by its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Vocabulary | None = None
        self._until = 0.0

    def current(self, session: Session) -> Vocabulary:
        """The words, as they are or were a moment ago; what is proposed of them has to be looked up once more."""
        with self._lock:
            held = self._held
            if held is not None and time.monotonic() < self._until:
                return held
            version = stamp(session, [WORDS])
            if held is None or held.version != version:
                begun = time.monotonic()
                held = self._held = _read(session, version)
                self._until = time.monotonic() + SHARE * (time.monotonic() - begun)
            return held


def _read(session: Session, version: tuple[tuple[str, int], ...]) -> Vocabulary:
    by_length: dict[int, list[str]] = defaultdict(list)
    written: dict[str, str] = {}
    seen: set[str] = set()
    for word, _ in session.execute(_WORDS):
        folded = fold(word)
        if folded not in seen:
            seen.add(folded)
            by_length[len(folded)].append(folded)
            if folded != word:
                written[folded] = word
    return Vocabulary(version, dict(by_length), written)
