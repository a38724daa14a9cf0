"""The statements of lists of questions: what each tab holds, in the order of an index, and all that a row shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
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
)

from app.accounts.models import User
from app.db import UTCDateTime
from community.lifecycle import State
from community.models import Answer, Question, QuestionTag, Tag
from community.queries import pager

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


def bounded(holds: ColumnElement[bool], most: int) -> ScalarSelect[int]:
    """How many questions there are, counting no further than `most`."""
    some = select(literal_column("1")).select_from(Question.__table__).where(holds).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def soonest(moment: ColumnElement[Any], holds: ColumnElement[bool]) -> ScalarSelect[Any]:
    """The first moment ahead of NOW."""
    return select(moment).where(holds, moment > NOW).order_by(moment).limit(1).scalar_subquery()
