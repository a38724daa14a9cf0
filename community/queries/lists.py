"""Lists of questions: what each tab holds and in which order, one statement for a page of any of them, and the line of a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy import Row as Record

from app.accounts.models import User
from app.db import UTCDateTime, db
from app.pages import FRONT, person_key
from community import lifecycle
from community.lifecycle import State
from community.models import Answer, Question, QuestionTag, Tag
from community.queries import pager
from community.queries.addresses import question_url
from community.queries.pager import Place, Turned
from community.queries.shared import NO_ANSWER, Freshness, Person, Row, day, lead_freshness, person, tag_pairs

PAGE = 30
"""Questions on one page of a list."""

questions, answers, people = Question.__table__.c, Answer.__table__.c, User.__table__.c

NOW: BindParameter[datetime] = bindparam("now", type_=UTCDateTime())
IS_THERE = questions.removed_at.is_(None)
IS_OPEN = and_(questions.closed_at.is_(None), IS_THERE)
WAITING_SINCE: ColumnElement[datetime] = func.coalesce(questions.current_until, questions.created_at)
"""Since when it has no current answer: since its last one expired, or since it was asked. Ahead of now while it has one."""

# Numbers that stand in an index's condition are written out: a database does not look into parameters when it chooses an index.
_NONE: ColumnElement[int] = literal_column("0")
_EXPIRED: ColumnElement[str] = literal_column("'expired'")

MAY_BE_DUE = and_(IS_OPEN, questions.lead_state != _EXPIRED)
"""The sweep's word on the lead only narrows the index: what it has not come to yet is found by the dates."""


_COLUMNS = (
    questions.id,
    questions.title,
    questions.product,
    questions.release,
    questions.author_id,
    questions.created_at,
    questions.views,
    questions.answer_count,
    questions.me_too_count,
    questions.accepted_answer_id,
    questions.lead_answer_id,
    questions.lead_fresh_from,
    questions.lead_best_before_at,
    questions.lead_expires_at,
    questions.lead_state,
    questions.closed_at,
    questions.duplicate_of_id,
)


@dataclass(frozen=True)
class Tab:
    """One list of questions, newest first by `key`; an index of `community.models.Question` is read in that order."""

    words: str
    key: ColumnElement[Any]
    holds: ColumnElement[bool]
    ahead: bool = False
    """The key can lie ahead of now; such questions are not in the list yet."""

    def all(self) -> ColumnElement[bool]:
        """What is in the list now."""
        return and_(self.holds, self.key <= NOW) if self.ahead else self.holds


TABS: Mapping[str, Tab] = {
    "needs": Tab("Needs an answer", WAITING_SINCE, IS_OPEN, ahead=True),
    "active": Tab("Active", questions.activity_at, IS_THERE),
    "newest": Tab("Newest", questions.created_at, IS_THERE),
    "unanswered": Tab("Unanswered", questions.created_at, and_(IS_OPEN, questions.answer_count == _NONE)),
    "stale": Tab("Needs a current answer", WAITING_SINCE, and_(IS_OPEN, questions.answer_count > _NONE), ahead=True),
    "due": Tab(
        "Due",
        questions.lead_best_before_at,
        and_(MAY_BE_DUE, questions.lead_expires_at > NOW),
        ahead=True,
    ),
}
"""The tabs of the front page and of tags: name → what it holds."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list of questions, and what a stored copy of it has to watch."""

    page: Turned[Row]
    is_lost: bool
    """The cursor leads nowhere: show the first page."""
    depends_on: frozenset[str]
    """Names of `app.pages`."""
    valid_until: datetime | None
    """When the clock changes the first of its rows."""

    @property
    def rows(self) -> Sequence[Row]:
        return self.page.rows


def listed(
    tab: str,
    where: Place[datetime] | None,
    now: datetime,
    narrow: Callable[[], ColumnElement[bool]] = true,
    **values: object,
) -> Listed:
    """A page of the tab, in one statement. `narrow` is a module's function (statements are kept by it) that gives a further
    condition; `values` are its parameters."""
    if where is not None and where.key > now:
        where = replace(where, key=now, id=pager.LARGEST_ID)
    statement = page_of(tab, where is not None, where is not None and where.back, narrow)
    found = db.session.connection().execute(statement, {"now": now, **pager.values(where), **values}).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.moment_cursor(row.list_key, row.id))
    rows = [row_of(record, now) for record in turned.rows]
    changes = [next_change(record, now) for record in turned.rows]
    return Listed(
        page=Turned(rows, turned.back, turned.onward),
        is_lost=pager.is_lost(turned, where),
        depends_on=frozenset((FRONT, *(person_key(row.author.id) for row in rows if row.author is not None))),
        valid_until=min((change for change in changes if change is not None), default=None),
    )


@cache
def page_of(tab: str, is_turned: bool, back: bool, narrow: Callable[[], ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """The statement of a page; it takes `now`, and for a page that begins behind a row `edge` and `edge_id`."""
    # A page that goes on behind a row is bounded by that row, which is not ahead of now. With two bounds on one side of an index
    # SQLite enters it at the one it likes, and walks from today to page 10,000.
    holds = TABS[tab].holds if is_turned and not back else TABS[tab].all()
    return rows_of(TABS[tab].key, and_(holds, narrow()), is_turned=is_turned, back=back)


def rows_of(
    key: ColumnElement[Any], holds: ColumnElement[bool], *, is_turned: bool = False, back: bool = False
) -> Select[*tuple[Any, ...]]:
    """Questions by `key`, with their tags, their author, and their best answer of today."""
    behind = pager.edge(UTCDateTime()) if is_turned else None
    # The index's order ends with the limit; what is joined after it is joined to a page and not to a table.
    page = pager.turned(
        select(*_COLUMNS, key.label("list_key")).where(holds), key, questions.id, behind, size=PAGE, back=back
    ).subquery("page")
    present = Answer.__table__.alias("present")
    upwards = (page.c.list_key.asc(), page.c.id.asc()) if back else (page.c.list_key.desc(), page.c.id.desc())
    return (
        select(
            page,
            people.name.label("author_name"),
            people.avatar_url.label("author_avatar_url"),
            people.role.label("author_role"),
            present.c.id.label("present_id"),
            present.c.fresh_from.label("present_fresh_from"),
            present.c.best_before_at.label("present_best_before_at"),
            present.c.expires_at.label("present_expires_at"),
            _tag_names(page.c.id).label("tag_names"),
        )
        .select_from(
            page.join(User.__table__, people.id == page.c.author_id).outerjoin(present, present.c.id == _present_lead(page.c))
        )
        .order_by(*upwards)
    )


def _tag_names(question_id: ColumnElement[int]) -> ScalarSelect[str]:
    """As "0 roaming,1 esim": a name holds neither a space nor a comma, and the numbers say the order."""
    links, tags = QuestionTag.__table__.c, Tag.__table__.c
    return (
        select(func.aggregate_strings(cast(links.position, Text) + " " + tags.name, ","))
        .where(links.question_id == question_id, tags.id == links.tag_id)
        .scalar_subquery()
    )


def _present_lead(page: Any) -> ColumnElement[Any]:  # noqa: ANN401 - the columns of a subquery
    """The id of the answer that leads at NOW, where the clock has moved the stored one on and there are others; else NULL.

    A page is right even when no sweep ever ran. Ranks as `community.lead.refresh` does.
    """
    state = case((page.lead_expires_at <= NOW, State.EXPIRED), (page.lead_best_before_at <= NOW, State.DUE), else_=State.FRESH)
    living = and_(answers.removed_at.is_(None), answers.archived_at.is_(None))
    pinned = select(answers.id).where(answers.id == page.accepted_answer_id, living, answers.expires_at > NOW)
    best = (
        select(answers.id)
        .where(answers.question_id == page.id, living)
        .order_by(
            case((answers.expires_at <= NOW, 2), (answers.best_before_at <= NOW, 1), else_=0),
            case((answers.official, 0), else_=1),
            answers.score.desc(),
            answers.id,
        )
        .limit(1)
    )
    leads = func.coalesce(pinned.scalar_subquery(), best.scalar_subquery())
    moved_on = and_(page.answer_count > 1, page.lead_answer_id.is_not(None), page.lead_state != state)
    return case((moved_on, leads), else_=null())


def row_of(record: Record[Any], now: datetime) -> Row:
    """What a list shows of a question."""
    fresh = lead_of(record, now)
    line, kind = line_of(record, fresh, now)
    return Row(
        id=record.id,
        title=record.title,
        url=question_url(record.id, record.title),
        tags=_tags(record.tag_names or ""),
        product=record.product,
        release=record.release,
        answers=record.answer_count,
        views=record.views,
        me_too=record.me_too_count,
        freshness=fresh,
        author=None if line else _author(record),
        asked_at=record.created_at,
        line=line,
        line_kind=kind,
    )


@lru_cache(maxsize=4096)
def _tags(numbered: str) -> tuple[tuple[str, str], ...]:
    return tag_pairs([part.partition(" ")[2] for part in sorted(numbered.split(",")) if part])


def lead_of(record: Record[Any], now: datetime) -> Freshness:
    """The freshness of the answer that leads at `now`; its share in whole per cents, so that a row is the same for a while."""
    if record.present_id is not None:
        fresh = lead_freshness(record.present_fresh_from, record.present_best_before_at, record.present_expires_at, now)
    else:
        fresh = lead_freshness(record.lead_fresh_from, record.lead_best_before_at, record.lead_expires_at, now)
    return replace(fresh, share=round(fresh.share, 2)) if fresh.share else fresh


def line_of(record: Record[Any], fresh: Freshness, now: datetime) -> tuple[str, str]:
    """What matters of a question today, and in which colour. "" where all that can be said is when it was asked."""
    if record.closed_at is not None:
        return ("Closed as a duplicate" if record.duplicate_of_id is not None else "Closed"), "soft"
    if fresh is NO_ANSWER:
        return ("Its answer was archived · needs a current answer", "gone") if record.answer_count else ("", "soft")
    return state_line(fresh, record.accepted_answer_id == (record.present_id or record.lead_answer_id), now)


def state_line(fresh: Freshness, accepted: bool, now: datetime) -> tuple[str, str]:
    """The same for an answer that is there."""
    if fresh.state == State.FRESH and fresh.best_before is not None:
        return f"{'Solved' if accepted else 'Answered'} · good until {day(fresh.best_before)}", "fresh"
    since = past_day(fresh.since, now) if fresh.since is not None else ""
    if fresh.state == State.DUE:
        return f"Past its date since {since} · ask to have it checked", "due"
    return f"Its answer expired on {since} · needs a current answer", "gone"


def past_day(moment: datetime, now: datetime) -> str:
    """A day gone by, "2 October", with its year where that is not this one."""
    return f"{moment.day} {moment:%B}" if moment.year == now.year else day(moment)


def next_change(record: Record[Any], now: datetime) -> datetime | None:
    """When the clock will next change a row of `rows_of`; None when it will not."""
    names = ("present_best_before_at", "present_expires_at") if record.present_id else ("lead_best_before_at", "lead_expires_at")
    best_before, expires = (getattr(record, name) for name in names)
    return lifecycle.next_change(best_before, expires, None, now) if best_before is not None else None


def _author(record: Record[Any]) -> Person:
    return person(record.author_id, record.author_name, record.author_avatar_url, record.author_role)


def bounded(holds: ColumnElement[bool], most: int) -> ScalarSelect[int]:
    """How many questions there are, counting no further than `most`."""
    some = select(literal_column("1")).select_from(Question.__table__).where(holds).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def soonest(moment: ColumnElement[Any], holds: ColumnElement[bool]) -> ScalarSelect[Any]:
    """The first moment ahead of NOW."""
    return select(moment).where(holds, moment > NOW).order_by(moment).limit(1).scalar_subquery()


__all__ = [
    "IS_OPEN",
    "IS_THERE",
    "MAY_BE_DUE",
    "NOW",
    "PAGE",
    "TABS",
    "WAITING_SINCE",
    "Listed",
    "bounded",
    "listed",
    "next_change",
    "past_day",
    "row_of",
    "rows_of",
    "soonest",
    "state_line",
]
