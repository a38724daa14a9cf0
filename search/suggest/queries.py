"""What is suggested for the beginning of a search: four statements at the most, whose cost does not grow with the site.

The rarest of the words is looked up first, and of what has it at most LOOKED_AT questions are asked for the others. Titles and
states are read from the questions themselves at that moment, so nothing that is removed or was renamed is ever suggested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db import db
from community.lifecycle import State, next_change
from community.models import Question, Tag
from community.queries.addresses import question_url, tag_url
from community.queries.shared import Freshness, lead_freshness
from search.analysis import Language, fold
from search.suggest.models import TitleWord
from search.suggest.words import typed

TITLES = 6
TAGS = 2
"""So many are suggested at the most."""
LEAST_TYPED = 2
"""So many characters have to be typed."""
COUNTED = 2_001
"""A word's questions are counted so far to tell which word is the rarest."""
SCANNED = 8_000
"""So many places in the list of words are looked at: a beginning of two letters can have far more."""
LOOKED_AT = 1_500
"""Of these questions, the newest, so many are asked for the other words."""
CANDIDATES = 150
"""So many that have all the words are read, the newest; those that serve best are shown."""

_END = b"\xff"
"""Comes after every letter of UTF-8."""
_ORDER: dict[str, int] = {State.FRESH: 0, State.DUE: 1}

_READ: Select[*tuple[Any, ...]] = (
    select(Question.id, Question.title, Question.lead_fresh_from, Question.lead_best_before_at, Question.lead_expires_at)
    .where(
        Question.id.in_(bindparam("ids", expanding=True)),
        Question.removed_at.is_(None),
        Question.duplicate_of_id.is_(None),
    )
    .order_by(
        case((Question.lead_best_before_at > bindparam("now"), 0), (Question.lead_expires_at > bindparam("now"), 1), else_=2),
        Question.views.desc(),
        Question.id.desc(),
    )
    .limit(3 * TITLES)
)
"""The best of the candidates: of current ones, then of due ones, then of others those that are read most."""


class Word(NamedTuple):
    """A word looked for, as the table has it; `open` when it may be the beginning of a longer one."""

    bytes: bytes
    open: bool


@dataclass(frozen=True, slots=True)
class Title:
    """A question that is suggested."""

    id: int
    title: str
    url: str
    freshness: Freshness
    """Of its lead answer."""
    changes_at: datetime | None
    """When the clock will next change what that is."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is shown under the search field."""

    titles: tuple[Title, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    """Names and addresses."""

    def __bool__(self) -> bool:
        return bool(self.titles or self.tags)


def suggestions(text: str, language: Language, now: datetime) -> Suggestions:
    """Questions whose titles have all the words of `text`, the last one as far as it is typed: those with a current answer first.
    And tags that begin like the last word. Nothing for less than LEAST_TYPED characters."""
    if len(text.strip()) < LEAST_TYPED:
        return Suggestions()
    words = [Word(word.encode("utf-8", "replace"), is_open) for word, is_open in typed(text, language)]
    if not words:
        return Suggestions()
    session = db.session()
    found = _titles(session, _with_all(session, words), fold(text.strip()), now)
    return Suggestions(tuple(found), tuple(_tags(session, text)))


def _with_all(session: Session, words: Sequence[Word]) -> Sequence[int]:
    """Questions that have all the words."""
    if len(words) > 1:
        counts = session.execute(select(*(_count(word) for word in words))).one()
        order = sorted(range(len(words)), key=lambda place: (counts[place], -len(words[place].bytes)))
        if not all(counts):
            return ()
        words = [words[place] for place in order]
    first, *others = words
    listed = select(TitleWord.question_id).where(_is(TitleWord, first)).limit(SCANNED)
    if not first.open:  # the list of one word is in the order of the questions already, so its end is read alone
        listed = listed.order_by(TitleWord.question_id.desc())
    scanned = listed.subquery()
    newest = select(scanned.c.question_id).distinct().order_by(scanned.c.question_id.desc())
    within = newest.limit(LOOKED_AT).subquery()
    having = select(within.c.question_id).order_by(within.c.question_id.desc()).limit(CANDIDATES)
    for word in others:
        other = aliased(TitleWord)
        having = having.where(exists().where(other.question_id == within.c.question_id, _is(other, word)))
    return session.scalars(having).all()


def _count(word: Word) -> ColumnElement[int]:
    within = select(TitleWord.question_id).where(_is(TitleWord, word)).limit(COUNTED).subquery()
    return select(func.count()).select_from(within).scalar_subquery()


def _is(table: type[TitleWord], word: Word) -> ColumnElement[bool]:
    if word.open:
        return and_(table.word >= word.bytes, table.word < word.bytes + _END)
    return table.word == word.bytes


def _titles(session: Session, ids: Sequence[int], folded: str, now: datetime) -> list[Title]:
    if not ids:
        return []
    found = [_title(row, now) for row in session.execute(_READ, {"ids": list(ids), "now": now})]

    def worth(title: Title) -> tuple[int, bool]:
        return _ORDER.get(title.freshness.state, len(_ORDER)), not fold(title.title).startswith(folded)

    return sorted(found, key=worth)[:TITLES]


def _title(row: Row[Any], now: datetime) -> Title:
    state = lead_freshness(row.lead_fresh_from, row.lead_best_before_at, row.lead_expires_at, now)
    changes = None
    if row.lead_best_before_at is not None:
        changes = next_change(row.lead_best_before_at, row.lead_expires_at, None, now)
    return Title(row.id, row.title, question_url(row.id, row.title), state, changes)


def _tags(session: Session, text: str) -> list[tuple[str, str]]:
    last = fold(text).split()[-1:]
    if not last or text[-1:].isspace() or len(last[0]) < LEAST_TYPED:
        return []
    if not last[0].isprintable():  # PostgreSQL refuses NUL, and halves of characters have no bytes
        return []
    names = (
        select(Tag.name)
        .where(Tag.name.startswith(last[0], autoescape=True), Tag.question_count > 0)
        .order_by(Tag.question_count.desc(), Tag.name)
        .limit(TAGS)
    )
    return [(name, tag_url(name)) for name in session.scalars(names)]
