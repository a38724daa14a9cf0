"""Did you mean …: what was typed, with the words put right that nobody here uses.

A misspelling is taken for a word that is written with few errors, each of which makes it less likely by ERROR_COST (the noisy
channel of Kernighan, Church and Gale, 1990, with one cost for all errors). Distances are those of optimal string alignment, by
RapidFuzz.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flask import current_app
from sqlalchemy import BindParameter, bindparam, func, select

from app.db import db
from search import syntax
from search.site import current_language, current_vocabulary
from search.spelling.models import SearchWord
from search.spelling.vocabulary import Near, VocabularyKeeper
from search.spelling.words import Place, words_in

ERROR_COST = 100.0
"""With each error more, a word has to be so many times as frequent to be taken for what was meant."""
FIRST_LETTER_COST = 5.0
"""People seldom mistake the first letter."""
MOST_WORDS = 6
"""So many words of a query are looked at."""

_EXTENSION = "bestbefore_spelling"
_known: BindParameter[str] = bindparam("terms", expanding=True)
_KNOWN = select(SearchWord.term, func.sum(SearchWord.questions)).where(SearchWord.term.in_(_known)).group_by(SearchWord.term)
_words: BindParameter[str] = bindparam("words", expanding=True)
_PRESENT = select(SearchWord.word, SearchWord.term, SearchWord.questions).where(
    SearchWord.word.in_(_words), SearchWord.is_code.is_(False)
)


def corrected(text: str, now: datetime) -> str:
    """What was typed with likelier words in the place of some; "" where there is nothing to put right.

    Operators, phrases and everything else stay as they were typed. Codes are never touched, and only words are put in that a
    question has at this moment. Three statements at most.
    """
    text = syntax.cleaned(text)
    places = _places(text)
    if not places:
        return ""
    session = db.session()
    vocabulary = current_app.extensions.setdefault(_EXTENSION, VocabularyKeeper()).current(session)
    near = {place.word.text: vocabulary.near(place.word.text) for place in places}
    candidates = {one.word for some in near.values() for one in some}
    if not candidates:
        return ""
    counts = dict(session.execute(_KNOWN, {"terms": sorted({place.word.term for place in places})}).all())
    present = {row.word: (row.term, row.questions) for row in session.execute(_PRESENT, {"words": sorted(candidates)})}
    changes = [(place, _best(place, near[place.word.text], counts, present)) for place in places]
    return _rebuilt(text, [(place, word) for place, word in changes if word])


def _places(text: str) -> list[Place]:
    """The words that may be misspelt: those that are searched as text and wanted, but for codes and words with synonyms."""
    language, groups = current_language(), current_vocabulary().groups
    found: list[Place] = []
    loud = text == text.upper()  # who writes everything in capitals means no code
    for start, end in syntax.texts_in(text):
        for word, begins, ends in words_in(text[start:end], language):
            if (loud or not word.is_code) and word.term not in groups:
                found.append(Place(word, start + begins, start + ends))
    return found[:MOST_WORDS]


def _best(place: Place, near: Iterable[Near], counts: Mapping[str, int], present: Mapping[str, tuple[str, int]]) -> str:
    """The likeliest of the words; "" where that is what was typed."""
    typed = place.word
    best, word = float(counts.get(typed.term, 0)), ""
    for one in near:
        term, count = present.get(one.word, ("", 0))
        likely = count / ERROR_COST**one.errors
        if one.word[0] != typed.text[0]:
            likely /= FIRST_LETTER_COST
        if term != typed.term and likely > best:
            best, word = likely, one.word
    return word


def _rebuilt(text: str, changes: Sequence[tuple[Place, str]]) -> str:
    """The text with the words put in, a capital at the beginning where there was one."""
    for place, word in sorted(changes, key=lambda change: change[0].start, reverse=True):
        typed = text[place.start : place.end]
        put = word.upper() if typed.isupper() else word.capitalize() if typed[0].isupper() else word
        text = text[: place.start] + put + text[place.end :]
    return text if changes else ""
