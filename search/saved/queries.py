"""The pages of saved searches: the list, and one with what was found for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row, and_, func, select

from app.accounts.models import User
from app.db import db
from app.errors import NotFound
from community.models import Question
from community.queries.addresses import question_url
from search.saved.models import Notify, SavedSearch, SavedSearchFind

SHOWN = 50
"""So many of the latest finds are shown."""

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        Notify.INBOX: "In my inbox",
        Notify.MAIL: "In my inbox, and by mail once a day",
        Notify.OFF: "Not at all",
    }
)
"""How one may hear of what is new, in words."""

_ROWS = (
    select(
        *(SavedSearch.id, SavedSearch.name, SavedSearch.text, SavedSearch.notify, SavedSearch.created_at),
        func.count(Question.id).label("found"),
        func.max(SavedSearchFind.found_at).filter(Question.id.is_not(None)).label("last_at"),
    )
    .outerjoin(SavedSearchFind, SavedSearchFind.search_id == SavedSearch.id)
    .outerjoin(Question, and_(Question.id == SavedSearchFind.question_id, Question.removed_at.is_(None)))
    .group_by(SavedSearch.id)
    .order_by(SavedSearch.name, SavedSearch.id)
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved search as its owner sees it."""

    id: int
    name: str
    text: str
    notify: str
    notice: str
    """How they hear of it, in words."""
    url: str
    """Where it is looked for now."""
    found: int
    """How many questions were found since."""
    last_at: datetime | None
    created_at: datetime

    @property
    def notifies(self) -> bool:
        """Whether there is anything to stop."""
        return self.notify != Notify.OFF


@dataclass(frozen=True, slots=True)
class FoundQuestion:
    """A question that was found for it."""

    title: str
    url: str
    answers: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One saved search and its latest finds, the newest first."""

    search: Saved
    finds: tuple[FoundQuestion, ...]


def saved_searches(by: User) -> tuple[Saved, ...]:
    """The person's own, by name. One statement."""
    return tuple(_saved(row) for row in db.session.execute(_ROWS.where(SavedSearch.user_id == by.id)))


def saved_page(search_id: int, by: User) -> SavedPage:
    """One of the person's own. Two statements. Raises NotFound when it is not theirs."""
    row = db.session.execute(_ROWS.where(SavedSearch.user_id == by.id, SavedSearch.id == search_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such search among those you saved.")
    found = (
        select(Question.id, Question.title, Question.answer_count, SavedSearchFind.found_at)
        .join(Question, Question.id == SavedSearchFind.question_id)
        .where(SavedSearchFind.search_id == search_id, Question.removed_at.is_(None))
        .order_by(SavedSearchFind.found_at.desc(), Question.id.desc())
        .limit(SHOWN)
    )
    finds = (
        FoundQuestion(one.title, question_url(one.id, one.title), one.answer_count, one.found_at)
        for one in db.session.execute(found)
    )
    return SavedPage(_saved(row), tuple(finds))


def _saved(row: Row[*tuple[Any, ...]]) -> Saved:
    return Saved(
        id=row.id,
        name=row.name,
        text=row.text,
        notify=row.notify,
        notice=NOTICES[row.notify],
        url="/search?" + urlencode({"q": row.text}),
        found=row.found,
        last_at=row.last_at,
        created_at=row.created_at,
    )
