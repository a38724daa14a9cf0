"""A person's reputation, explained: every entry of the ledger in words, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, select

from app.db import UTCDateTime, db
from community.models import Answer, Question
from community.queries import pager
from community.queries.addresses import answer_url, question_url
from community.queries.pager import Place, Turned
from reputation import points
from reputation.models import Entry

PAGE = 50
FOLLOWING = {
    points.REVERSAL: "taken back",
    points.REINSTATEMENT: "given back",
    points.RELEASE: "counted after all, since a vote of that day was withdrawn",
    points.WITHHOLDING: "kept back by the daily cap after all",
}
"""What an entry that follows another does, in words."""

OWN = "downvoting"
"""The reason of entries that are shown to their person alone: votes are secret."""

_entries, _questions, _answers = Entry.__table__.c, Question.__table__.c, Answer.__table__.c


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One movement."""

    at: datetime
    delta: int
    withheld: int
    """Points that the daily cap kept back; negative where an entry that had some was taken back."""
    words: str
    title: str
    """Of the question it is about; "" where that is removed, or it is about none."""
    url: str


def entries(user_id: int, where: Place[datetime] | None, *, own: bool = False) -> Turned[EntryRow]:
    """A page of them; to others than the person themself (`own`) without what votes down cost them: day and post would tell who
    voted. One statement, and a second where entries undo others, for what the first of each chain was paid for."""
    back = where is not None and where.back
    page = _page(where is not None, back, own)
    found = db.session.connection().execute(page, {"id": user_id, **pager.values(where)}).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.moment_cursor(row.at, row.id))
    undoing = [row.id for row in turned.rows if row.reverses_id is not None]
    paid_for = dict(tuple(row) for row in db.session.connection().execute(_origins(), {"ids": undoing})) if undoing else {}
    return Turned([_row(row, paid_for) for row in turned.rows], turned.back, turned.onward)


def words_of(reason: str, paid_for: str | None = None) -> str:
    """What an entry is for; one that undoes another says what that was paid for."""
    words = points.PRICES[reason].words if reason in points.PRICES else ""
    if words:
        return words
    turned = FOLLOWING.get(reason, "given back")
    origin = points.PRICES[paid_for].words if paid_for is not None and paid_for in points.PRICES else ""
    return f"{turned}: {origin}" if origin else turned


def _row(record: Any, paid_for: dict[int, str]) -> EntryRow:  # noqa: ANN401 - a row of the query's own columns
    url = ""
    if record.title is not None:
        is_there = record.answer_id is not None and record.answer_is_there
        place = answer_url(record.question_id, record.title, record.answer_id) if is_there else ""
        url = place or question_url(record.question_id, record.title)
    return EntryRow(
        at=record.at,
        delta=record.delta,
        withheld=record.withheld,
        words=words_of(record.reason, paid_for.get(record.id)),
        title=record.title or "",
        url=url,
    )


@cache
def _page(is_turned: bool, back: bool, own: bool) -> Select[*tuple[Any, ...]]:
    origin = Entry.__table__.alias("origin")
    query = (
        select(
            _entries.id,
            _entries.at,
            _entries.delta,
            _entries.withheld,
            _entries.reason,
            _entries.reverses_id,
            _entries.question_id,
            _entries.answer_id,
            _questions.title,
            case((_answers.id.is_not(None), 1), else_=0).label("answer_is_there"),
        )
        .select_from(
            Entry.__table__.outerjoin(
                Question.__table__, and_(_questions.id == _entries.question_id, _questions.removed_at.is_(None))
            )
            .outerjoin(Answer.__table__, and_(_answers.id == _entries.answer_id, _answers.removed_at.is_(None)))
            .outerjoin(origin, origin.c.id == _entries.origin_id)
        )
        .where(_entries.user_id == bindparam("id"))
    )
    if not own:
        query = query.where(func.coalesce(origin.c.reason, _entries.reason) != OWN)
    behind = pager.edge(UTCDateTime()) if is_turned else None
    return pager.turned(query, _entries.at, _entries.id, behind, size=PAGE, back=back)


@cache
def _origins() -> Select[*tuple[Any, ...]]:
    """For entries that undo: (the entry, the reason of the entry at the other end of its chain)."""
    start = select(_entries.id.label("start"), _entries.reverses_id, _entries.reason).where(
        _entries.id.in_(bindparam("ids", expanding=True))
    )
    chain = start.cte("chain", recursive=True)
    further = Entry.__table__.alias("further")
    chain = chain.union_all(
        select(chain.c.start, further.c.reverses_id, further.c.reason).join(chain, further.c.id == chain.c.reverses_id)
    )
    return select(chain.c.start, chain.c.reason).where(chain.c.reverses_id.is_(None))
