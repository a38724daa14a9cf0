"""Where things stand: the address of the page to go back to after an act, in one statement each."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, literal, select

from app.accounts.models import User
from app.db import db
from app.errors import Gone, NotFound
from community import policy
from community.models import Answer, Comment, Question
from community.queries.addresses import answer_url, comment_url, question_url

LONGEST_CHAIN = 50
"""So many answers one after the other are followed to the one that stands in their place."""

_TITLE = case((Question.removed_at.is_(None), Question.title), else_="").label("title")
"""The words of an address. Those of a removed question are left out: whoever acts on it must not be told them in passing."""


def of_question(question_id: int) -> str:
    """The address of a question's page. Raises NotFound."""
    row = _one(select(_TITLE).where(Question.id == question_id), "question")
    return question_url(question_id, row.title)


def of_answer(answer_id: int) -> str:
    """Where an answer stands on its question's page. Raises NotFound."""
    query = select(Question.id, _TITLE).join(Answer, Answer.question_id == Question.id).where(Answer.id == answer_id)
    row = _one(query, "answer")
    return answer_url(row.id, row.title, answer_id)


def of_answer_for(answer_id: int, viewer: User | None, now: datetime, *, stay: bool = False) -> str:
    """As `of_answer`, for who wants the answer itself; where others took its place, of the last of those that can be read. With
    `stay` of the old one. Raises Gone when it or its question is removed, unless moderators look."""
    chain = db.session.execute(_chain(), {"answer_id": answer_id}).all()
    if not chain:
        raise NotFound("There is no such answer.")
    row = chain[0]
    removed = row.removed_at is not None or row.answer_removed_at is not None
    if removed and not policy.can(viewer, "see_removed", None, now):
        raise Gone("This answer has been removed.")
    in_a_circle = len({step.answer_id for step in chain}) < len(chain)
    if not (stay or removed or in_a_circle):
        row = chain[-1]
    return answer_url(row.id, row.title, row.answer_id)


@cache
def _chain() -> Select[*tuple[Any, ...]]:
    """An answer, and what took its place, and what took the place of that; as far as it is not removed."""
    first = (
        select(Answer.id, Answer.question_id, Answer.successor_id, Answer.archived_at, literal(0).label("step"))
        .where(Answer.id == bindparam("answer_id"))
        .cte("chain", recursive=True)
    )
    further = (
        select(Answer.id, Answer.question_id, Answer.successor_id, Answer.archived_at, first.c.step + 1)
        .join(first, and_(first.c.successor_id == Answer.id, first.c.archived_at.is_not(None)))
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.removed_at.is_(None), Question.removed_at.is_(None), first.c.step < LONGEST_CHAIN)
    )
    chain = first.union_all(further)
    return (
        select(
            chain.c.id.label("answer_id"),
            Question.id,
            Question.title,
            Question.removed_at,
            Answer.removed_at.label("answer_removed_at"),
        )
        .join(Question, Question.id == chain.c.question_id)
        .join(Answer, Answer.id == chain.c.id)
        .order_by(chain.c.step)
    )


def of_comment(comment_id: int) -> str:
    """Where a comment stands on its question's page. Raises NotFound."""
    query = select(Question.id, _TITLE).join(Comment, Comment.question_id == Question.id).where(Comment.id == comment_id)
    row = _one(query, "comment")
    return comment_url(row.id, row.title, comment_id)


def _one(query: Select[*tuple[Any, ...]], what: str) -> Any:  # noqa: ANN401 - a row of the query's own columns
    row = db.session.execute(query).first()
    if row is None:
        raise NotFound(f"There is no such {what}.")
    return row
