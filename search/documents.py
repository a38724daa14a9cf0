"""Questions and answers as documents, read from the database: four statements for a batch, however much is in it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, select

from app.accounts.models import User
from app.db import db
from app.rendering.text import plain_text
from community.models import Answer, Comment, Question, QuestionTag, Tag
from search.engine import Document, Kind

BATCH = 200
"""Questions read at once: bounds the memory of a rebuild to their texts."""

_ids: BindParameter[int] = bindparam("ids", expanding=True)

_QUESTIONS: Select[*tuple[Any, ...]] = (
    select(
        *(Question.id, Question.title, Question.body_html, Question.product, Question.release),
        *(Question.created_at, Question.activity_at, Question.score, Question.accepted_answer_id),
        *(Question.origin_author, User.name),
    )
    .join(User, User.id == Question.author_id)
    .where(Question.id.in_(_ids), Question.removed_at.is_(None))
    .order_by(Question.id)
)
_ANSWERS: Select[*tuple[Any, ...]] = (
    select(
        *(Answer.id, Answer.question_id, Answer.body_html, Answer.created_at, Answer.score, Answer.official),
        *(Answer.best_before_at, Answer.expires_at, Answer.archived_at, Answer.verified_at),
        *(Answer.origin_author, User.name),
    )
    .join(User, User.id == Answer.author_id)
    .where(Answer.question_id.in_(_ids), Answer.removed_at.is_(None))
    .order_by(Answer.id)
)
_COMMENTS = (
    select(Comment.question_id, Comment.answer_id, Comment.body_html)
    .where(Comment.question_id.in_(_ids), Comment.removed_at.is_(None))
    .order_by(Comment.id)
)
_TAGS = (
    select(QuestionTag.question_id, Tag.name)
    .join(Tag, Tag.id == QuestionTag.tag_id)
    .where(QuestionTag.question_id.in_(_ids))
    .order_by(QuestionTag.question_id, QuestionTag.position)
)
_NEXT = select(Question.id).where(Question.id > bindparam("after")).order_by(Question.id).limit(BATCH)


def documents_of(question_ids: Collection[int]) -> Iterator[Document]:
    """The documents of these questions as they are now; none for those that are gone or removed.

    Lets go of what the session has read before, when the first document is asked for and after the last of each batch.
    """
    for ids in batches(question_ids, BATCH):
        db.session.rollback()
        documents = _read(ids)
        db.session.rollback()
        yield from documents


def documents_within(question_ids: Collection[int]) -> Sequence[Document]:
    """The documents of a few questions as the open transaction sees them, what it has changed itself included."""
    return _read(sorted(question_ids))


def all_documents() -> Iterator[Document]:
    """The documents of every question there is, batch by batch in moments of their own."""
    last = 0
    while ids := db.session.scalars(_NEXT, {"after": last}).all():
        yield from documents_of(ids)
        last = ids[-1]
    db.session.rollback()


def batches(question_ids: Collection[int], size: int) -> Iterator[list[int]]:
    """The numbers in ascending order, at most `size` at once."""
    ordered = sorted(question_ids)
    return (ordered[start : start + size] for start in range(0, len(ordered), size))


def _read(ids: Sequence[int]) -> list[Document]:
    rows = {"ids": list(ids)}
    answers: dict[int, list[Row[Any]]] = defaultdict(list)
    for answer in db.session.execute(_ANSWERS, rows):
        answers[answer.question_id].append(answer)
    remarks: dict[tuple[int, int | None], list[str]] = defaultdict(list)
    for remark in db.session.execute(_COMMENTS, rows):
        remarks[remark.question_id, remark.answer_id].append(plain_text(remark.body_html))
    tags: dict[int, list[str]] = defaultdict(list)
    for tag in db.session.execute(_TAGS, rows):
        tags[tag.question_id].append(tag.name)
    documents = []
    for question in db.session.execute(_QUESTIONS, rows):
        documents.append(_question(question, tags[question.id], remarks[question.id, None]))
        for answer in answers[question.id]:
            documents.append(_answer(answer, question.accepted_answer_id, remarks[question.id, answer.id]))
    return documents


def _question(row: Row[Any], tags: list[str], remarks: list[str]) -> Document:
    return Document(
        kind=Kind.QUESTION,
        question_id=row.id,
        title=row.title,
        body=plain_text(row.body_html),
        comments="\n".join(remarks),
        author=row.origin_author or row.name,
        tags=tuple(tags),
        product=row.product,
        release=row.release,
        created_at=row.created_at,
        activity_at=row.activity_at,
        votes=row.score,
    )


def _answer(row: Row[Any], accepted_id: int | None, remarks: list[str]) -> Document:
    return Document(
        kind=Kind.ANSWER,
        question_id=row.question_id,
        answer_id=row.id,
        body=plain_text(row.body_html),
        comments="\n".join(remarks),
        author=row.origin_author or row.name,
        created_at=row.created_at,
        best_before_at=row.best_before_at,
        expires_at=row.expires_at,
        archived=row.archived_at is not None,
        accepted=row.id == accepted_id,
        official=row.official,
        verified=row.verified_at is not None,
        votes=row.score,
    )
