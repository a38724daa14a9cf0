"""Suggested edits: the list of what waits, one of them with what it changes, and the form to suggest with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from app.accounts.models import User
from app.db import db
from app.errors import Forbidden, Gone, NotFound
from community import policy
from community.models import Answer, Question, Revision, SuggestedEdit
from community.policy import Subject
from community.queries.addresses import answer_url, question_url
from community.queries.diff import Line, diff
from community.queries.forms import QuestionForm, as_markdown
from community.queries.shared import Person, person
from community.tags import names_of

PER_PAGE = 40

OUTCOMES = {
    "approved": "approved",
    "rejected": "refused",
    "withdrawn": "taken back by its author",
    "replaced": "replaced by a newer one of its author",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A suggestion in a list."""

    id: int
    url: str
    title: str
    """Of the question."""
    is_answer: bool
    summary: str
    by: Person
    at: datetime
    is_stale: bool
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class EditsPage:
    """What the viewer may decide about, and what they suggested themselves."""

    waiting: tuple[Row, ...]
    mine: tuple[Row, ...]
    decides_all: bool


@dataclass(frozen=True, slots=True)
class EditPage:
    """One suggestion: what it changes, and what happened to the post meanwhile."""

    row: Row
    post_url: str
    form_url: str
    """Where its author brings it up to date."""
    title: tuple[Line, ...]
    tags: tuple[Line, ...]
    body: tuple[Line, ...]
    since: tuple[Line, ...]
    """What others changed in the text since; empty where nothing was."""
    decided_by: Person | None
    decided_at: datetime | None
    can_decide: bool
    is_mine: bool


@dataclass(frozen=True, slots=True)
class SuggestPage:
    """The post to suggest a change of, and the text to begin with."""

    action: str
    url: str
    heading: str
    is_answer: bool
    stored: QuestionForm
    """The post as it stands."""
    start: QuestionForm
    """What the form begins with: the post, or an earlier suggestion that is brought up to date."""


def edits_page(viewer: User, now: datetime) -> EditsPage:
    """The page: two statements. Who may edit anything sees all that waits; others, what waits on their own posts."""
    decides_all = policy.can(viewer, "edit", Subject(), now)
    waits = _rows().where(SuggestedEdit.outcome.is_(None), SuggestedEdit.author_id != viewer.id)
    waits = waits.where(Question.removed_at.is_(None), or_(Answer.id.is_(None), Answer.removed_at.is_(None)))
    if not decides_all:
        own = or_(Answer.author_id == viewer.id, and_(Answer.id.is_(None), Question.author_id == viewer.id))
        waits = waits.where(own)
    mine = _rows().where(SuggestedEdit.author_id == viewer.id).order_by(SuggestedEdit.at.desc(), SuggestedEdit.id.desc())
    return EditsPage(
        tuple(_row(row) for row in db.session.execute(waits.order_by(SuggestedEdit.id).limit(PER_PAGE))),
        tuple(_row(row) for row in db.session.execute(mine.limit(PER_PAGE))),
        decides_all,
    )


def edit_page(suggestion_id: int, viewer: User, now: datetime) -> EditPage:
    """One suggestion, for its author and who may decide. Raises NotFound, Gone when its post is removed, and Forbidden."""
    found = db.session.execute(_rows().where(SuggestedEdit.id == suggestion_id)).first()
    if found is None:
        raise NotFound("There is no such suggestion.")
    edit, question, answer = found.SuggestedEdit, found.Question, found.Answer
    if question.removed_at is not None or (answer is not None and answer.removed_at is not None):
        raise Gone("The post has been removed.")
    post = answer or question
    subject = Subject(author_id=post.author_id, asker_id=question.author_id, official=bool(answer and answer.official))
    decision, is_mine = policy.decide(viewer, "edit", subject, now), edit.author_id == viewer.id
    if not (decision.allowed or is_mine):
        raise Forbidden(f"Only its author and who may edit the post see a suggestion. {decision.reason}")
    base, last = _versions(edit, post)
    decider = db.session.get(User, edit.decided_by_id) if edit.decided_by_id else None
    base_tags = base.tags if base is not None else ""
    old = as_markdown(base.body_source, base.body_format) if base is not None else ""
    url = answer_url(question.id, question.title, answer.id) if answer else question_url(question.id, question.title)
    where = f"/answers/{answer.id}" if answer else f"/questions/{question.id}"
    return EditPage(
        row=_row(found),
        post_url=url,
        form_url=f"{where}/suggested-edits?from={edit.id}",
        title=_changed(base.title or "" if base is not None else "", edit.title) if answer is None else (),
        tags=_changed(base_tags, edit.tags) if answer is None else (),
        body=diff(old, edit.body_source),
        since=diff(old, as_markdown(last.body_source, last.body_format)) if last is not None and last is not base else (),
        decided_by=person(decider.id, decider.name, decider.avatar_url, decider.role) if decider else None,
        decided_at=edit.decided_at,
        can_decide=decision.allowed and not is_mine and edit.outcome is None,
        is_mine=is_mine,
    )


def question_form(question_id: int, begin_with: int | None, viewer: User, now: datetime) -> SuggestPage:
    """The form for a question. Raises NotFound, Gone, and Forbidden where no suggestion is needed or allowed."""
    question = db.session.get(Question, question_id)
    if question is None:
        raise NotFound("There is no such question.")
    if question.removed_at is not None:
        raise Gone("This question has been removed.")
    policy.require(viewer, "suggest_edit", Subject(author_id=question.author_id, asker_id=question.author_id), now)
    names = names_of(db.session(), question_id)
    stored = QuestionForm(
        title=question.title,
        body=as_markdown(question.body_source, question.body_format),
        tags=" ".join(names),
        revision=question.revision_count,
    )
    return SuggestPage(
        f"/questions/{question_id}/suggested-edits",
        question_url(question_id, question.title),
        question.title,
        is_answer=False,
        stored=stored,
        start=_start(stored, begin_with, viewer, SuggestedEdit.question_id == question_id),
    )


def answer_form(answer_id: int, begin_with: int | None, viewer: User, now: datetime) -> SuggestPage:
    """The form for an answer; as for a question."""
    row = db.session.execute(
        select(Answer, Question).join(Question, Question.id == Answer.question_id).where(Answer.id == answer_id)
    ).first()
    if row is None:
        raise NotFound("There is no such answer.")
    answer, question = row.Answer, row.Question
    if answer.removed_at is not None or question.removed_at is not None:
        raise Gone("This answer has been removed.")
    policy.require(viewer, "suggest_edit", Subject(author_id=answer.author_id, official=answer.official), now)
    stored = QuestionForm(body=as_markdown(answer.body_source, answer.body_format), revision=answer.revision_count)
    return SuggestPage(
        f"/answers/{answer_id}/suggested-edits",
        answer_url(question.id, question.title, answer_id),
        question.title,
        is_answer=True,
        stored=stored,
        start=_start(stored, begin_with, viewer, SuggestedEdit.answer_id == answer_id),
    )


def _start(stored: QuestionForm, begin_with: int | None, viewer: User, of_post: Any) -> QuestionForm:  # noqa: ANN401 - a condition
    """The stored text, or one's earlier suggestion for the post on top of its newest version."""
    if begin_with is None:
        return stored
    mine = select(SuggestedEdit).where(SuggestedEdit.id == begin_with, SuggestedEdit.author_id == viewer.id, of_post)
    earlier = db.session.scalars(mine).first()
    if earlier is None:
        return stored
    return QuestionForm(
        title=earlier.title, body=earlier.body_source, tags=earlier.tags, summary=earlier.summary, revision=stored.revision
    )


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(SuggestedEdit, Question, Answer, User.name, User.avatar_url, User.role)
        .join(Question, Question.id == SuggestedEdit.question_id)
        .outerjoin(Answer, Answer.id == SuggestedEdit.answer_id)
        .join(User, User.id == SuggestedEdit.author_id)
    )


def _row(row: Any) -> Row:  # noqa: ANN401 - a row of the query's own columns
    edit = row.SuggestedEdit
    return Row(
        id=edit.id,
        url=f"/suggested-edits/{edit.id}",
        title=row.Question.title,
        is_answer=edit.answer_id is not None,
        summary=edit.summary,
        by=person(edit.author_id, row.name, row.avatar_url, row.role),
        at=edit.at,
        is_stale=edit.outcome is None and edit.revision != (row.Answer or row.Question).revision_count,
        outcome=OUTCOMES.get(edit.outcome or "", ""),
        reason=edit.reason,
    )


def _versions(edit: SuggestedEdit, post: Question | Answer) -> tuple[Revision | None, Revision | None]:
    """The version that it changes, and the newest."""
    of_post = Revision.answer_id == edit.answer_id if edit.answer_id else Revision.question_id == edit.question_id
    wanted = select(Revision).where(of_post, Revision.number.in_((edit.revision, post.revision_count)))
    found = {revision.number: revision for revision in db.session.scalars(wanted)}
    last = found.get(post.revision_count)
    return found.get(edit.revision), last


def _changed(old: str, new: str) -> tuple[Line, ...]:
    return diff(old, new) if old != new else ()
