"""The inbox as a page: each entry a sentence, with the way to the very post it is about."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, select

from app.accounts.models import User
from app.db import db
from app.errors import NotFound
from community.lifecycle import State
from community.models import Answer, Comment, Notification, Question
from community.notifications.inbox import IMPERSONAL, KINDS
from community.queries import pager
from community.queries.addresses import answer_url, comment_url, question_url
from community.queries.pager import Place
from community.queries.shared import Person, person

_LEADS_TO = {"due": "/edit", "overdue": "/edit", "archived": ""}
"""Kinds that lead elsewhere than to the answer in its place: where it is edited, and on to what took its place."""

_PAGES = {
    "trusted": ("/privileges", "What you may do"),
    "lapsing": ("/privileges", "What you may do"),
    "digest": ("/review", "The review queue"),
    **dict.fromkeys(("reward_ready", "reward_ending", "reward_lapsed"), ("/rewards", "Your rewards")),
    **dict.fromkeys(("votes_reversed", "appeal_answered"), ("/fairness", "Votes that were taken back")),
    **dict.fromkeys(("checks_warned", "checks_paused", "checks_cleared"), ("/fairness", "Your checks")),
} | dict.fromkeys(("badge", "badges", "badge_taken", "badge_given"), ("/badges", "Badges"))
"""Kinds that are about no post: where they lead, and what that is called."""

_STATES = {
    "due": State.DUE,
    "overdue": State.DUE,
    "digest": State.DUE,
    "archived": State.ARCHIVED,
    **dict.fromkeys(("search", "trusted", "lapsing"), "none"),
    **dict.fromkeys(("reward_ready", "reward_ending", "reward_lapsed"), "none"),
    **dict.fromkeys(("votes_reversed", "appeal_answered", "checks_warned", "checks_paused", "checks_cleared"), "none"),
} | dict.fromkeys(("badge", "badges", "badge_taken", "badge_given"), "none")
"""What an answer had become, by the kind of the entry; of other kinds it had expired."""

EDITS = frozenset({"edit_suggested", "edit_approved", "edit_rejected"})
"""Kinds that lead to a suggested edit."""

PAGE = 40
HOME = "/inbox"

_entries, _people = Notification.__table__.c, User.__table__.c
_questions, _answers, _comments = Question.__table__.c, Answer.__table__.c, Comment.__table__.c


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One entry."""

    id: int
    actor: Person | None
    """Who did it; None for the clock, and where the words do not name them."""
    words: str
    """After the name, or a sentence of its own."""
    title: str
    """Of the question; "" where there is nothing left to look at."""
    url: str | None
    text: str
    """The reason or the note that came with it."""
    at: datetime
    is_new: bool
    state: str = State.EXPIRED
    """Of the answer that it is about, where nobody did it: the ring beside it."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The newest entries first."""

    rows: tuple[InboxRow, ...]
    newer: str | None
    older: str | None
    is_lost: bool


def inbox_page(by: User, where: Place[int] | None) -> InboxPage:
    """A page of the person's inbox. One statement."""
    back = where is not None and where.back
    found = db.session.connection().execute(_page(where is not None, back), {"user_id": by.id, **pager.values(where)}).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.number_cursor(row.id, row.id))
    return InboxPage(
        rows=tuple(_row(record) for record in turned.rows),
        newer=pager.address(HOME, after=_short(turned.back)) if turned.back else None,
        older=pager.address(HOME, before=_short(turned.onward)) if turned.onward else None,
        is_lost=pager.is_lost(turned, where),
    )


def read_id(text: str) -> tuple[int, int] | None:
    """A cursor of the inbox: the entry's id is all it takes."""
    return pager.read_number(f"{text}.{text}")


def target(notification_id: int, by: User) -> str:
    """Where an entry leads; the inbox itself when there is nothing left to look at. Raises NotFound when it is not one's own."""
    record = db.session.connection().execute(_one(), {"user_id": by.id, "id": notification_id}).first()
    if record is None:
        raise NotFound("There is no such entry in your inbox.")
    return _url(record) or HOME


def _short(cursor: str | None) -> str:
    return (cursor or "").partition(".")[0]


def _row(record: Any) -> InboxRow:  # noqa: ANN401 - a row of the query's own columns
    words = KINDS[record.kind]
    named = record.kind not in IMPERSONAL
    actor = None
    if named and record.actor_id is not None:
        actor = person(record.actor_id, record.actor_name, record.actor_avatar_url, record.actor_role)
    elif named:
        words = f"Somebody {words}"
    else:
        words = words[:1].upper() + words[1:]
    url = _url(record)
    return InboxRow(
        id=record.id,
        actor=actor,
        words=words,
        title=_title(record, url),
        url=url,
        text=record.text,
        at=record.at,
        is_new=record.read_at is None,
        state=_STATES.get(record.kind, State.EXPIRED),
    )


def _title(record: Any, url: str | None) -> str:  # noqa: ANN401 - as above
    if record.kind in _PAGES:
        return _PAGES[record.kind][1]
    if record.kind == "search":
        return "What was found for it"
    return record.title if url is not None else ""


def _url(record: Any) -> str | None:  # noqa: ANN401 - as above
    if record.kind in _PAGES:
        return _PAGES[record.kind][0]
    if record.kind == "search":  # its cause is "search:", the number of the search, and what was found
        return f"/searches/{record.cause.split(':')[1]}"
    if record.title is None:
        return None
    if record.kind in EDITS:  # its cause is "edit:", the number of the suggestion, and what was decided
        return f"/suggested-edits/{record.cause.split(':')[1]}"
    if record.comment_is_there:
        return comment_url(record.question_id, record.title, record.comment_id)
    if record.answer_is_there and record.kind in _LEADS_TO:
        return f"/answers/{record.answer_id}{_LEADS_TO[record.kind]}"
    if record.answer_is_there:
        return answer_url(record.question_id, record.title, record.answer_id)
    return question_url(record.question_id, record.title)


def _query() -> Select[*tuple[Any, ...]]:
    """Entries with what is still there of what they are about."""
    there = (
        Notification.__table__.outerjoin(User.__table__, _people.id == _entries.actor_id)
        .outerjoin(Question.__table__, and_(_questions.id == _entries.question_id, _questions.removed_at.is_(None)))
        .outerjoin(Answer.__table__, and_(_answers.id == _entries.answer_id, _answers.removed_at.is_(None)))
        .outerjoin(Comment.__table__, and_(_comments.id == _entries.comment_id, _comments.removed_at.is_(None)))
    )
    return (
        select(
            _entries.id,
            _entries.kind,
            _entries.cause,
            _entries.actor_id,
            _entries.question_id,
            _entries.answer_id,
            _entries.comment_id,
            _entries.text,
            _entries.at,
            _entries.read_at,
            _people.name.label("actor_name"),
            _people.avatar_url.label("actor_avatar_url"),
            _people.role.label("actor_role"),
            _questions.title,
            case((_answers.id.is_not(None), 1), else_=0).label("answer_is_there"),
            case((_comments.id.is_not(None), 1), else_=0).label("comment_is_there"),
        )
        .select_from(there)
        .where(_entries.user_id == bindparam("user_id"))
    )


@cache
def _page(is_turned: bool, back: bool) -> Select[*tuple[Any, ...]]:
    behind = pager.edge() if is_turned else None
    return pager.turned(_query(), _entries.id, _entries.id, behind, size=PAGE, back=back)


@cache
def _one() -> Select[*tuple[Any, ...]]:
    return _query().where(_entries.id == bindparam("id"))
