"""What the feed of a search has: its latest questions, as anybody signed out may see them."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import BindParameter, bindparam, select

from app.db import db
from community.models import Question
from search import syntax
from search.engine import Condition, Fragments, Sort
from search.queries import results_of
from search.site import current_engine, current_zone

ENTRIES = 30
"""So many of the latest."""
BEFORE_ANY = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries changed last: it has to say something, and it has to be the same each time."""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, in whatever way it is written."""
_ids: BindParameter[int] = bindparam("ids", expanding=True)
_ACTIVITY = select(Question.id, Question.activity_at).where(Question.id.in_(_ids))


@dataclass(frozen=True, slots=True)
class Entry:
    """A question."""

    question_id: int
    title: str
    url: str
    summary: str
    tags: tuple[str, ...]
    asked_at: datetime
    updated_at: datetime
    """When something last happened to it."""
    changes_at: datetime | None
    """When the clock will next change what its answer is."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed of a search, the newest question first."""

    text: str
    entries: tuple[Entry, ...]
    available: bool
    """False while the index is being made anew."""

    @property
    def updated_at(self) -> datetime:
        """When something last happened to any of them."""
        return max((entry.updated_at for entry in self.entries), default=BEFORE_ANY)


def feed(text: str, now: datetime) -> Feed:
    """The latest questions that have all that was typed; whatever order was asked for, the newest first.

    Nothing that has only some of the words: what a reader is sent is what they asked for, or nothing.
    """
    query = replace(syntax.read(text, now, ENTRIES, zone=current_zone()).query, sort=Sort.NEWEST)
    found = current_engine().search(query)
    results = () if found.relaxed else tuple(results_of(found.hits, query, now))
    active = dict(db.session.execute(_ACTIVITY, {"ids": [result.id for result in results]}).all()) if results else {}
    entries = (
        Entry(
            question_id=result.id,
            title=clean(_plain(result.title)),
            url=result.url,
            summary=clean(_plain(result.excerpt)),
            tags=tuple(clean(name) for name, _ in result.tags),
            asked_at=result.asked_at,
            updated_at=active.get(result.id, result.asked_at),
            changes_at=result.changes_at,
        )
        for result in results
    )
    return Feed(clean(text.strip()), tuple(entries), found.condition is Condition.READY)


def clean(text: str) -> str:
    """`text` without what XML cannot carry."""
    return _NOT_IN_XML.sub("", text)


def _plain(fragments: Fragments) -> str:
    return "".join(fragment.text for fragment in fragments)
