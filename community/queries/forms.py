"""Forms of posts: what was typed or what is stored, what is wrong with it, and what is suggested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import select

from app import rendering
from app.accounts.models import User
from app.db import db
from app.errors import Gone, NotFound
from community import lifecycle, policy
from community.lifecycle import State
from community.models import Answer, Comment, Question, Tag
from community.policy import Subject
from community.queries.addresses import answer_url, comment_url, question_url
from community.tags import names_of

SUGGESTED_TAGS = 100
LOOKED_AT_FOR_PRODUCTS = 200
"""How many of the newest questions are asked for the names of products and releases."""


@dataclass(frozen=True)
class Suggestions:
    """What fields offer while typing."""

    tags: Sequence[str] = ()
    products: Sequence[str] = ()
    releases: Sequence[str] = ()


@dataclass(frozen=True)
class QuestionForm:
    """A question being asked or edited."""

    title: str = ""
    body: str = ""
    tags: str = ""
    product: str = ""
    release: str = ""
    summary: str = ""
    revision: int | None = None
    """The number of the version the editor saw; None while asking."""
    errors: Mapping[str, str] = field(default_factory=dict)
    preview_html: Markup | str = ""


@dataclass(frozen=True)
class PostForm:
    """An answer or a comment being edited."""

    body: str = ""
    summary: str = ""
    revision: int | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    preview_html: Markup | str = ""


@dataclass(frozen=True)
class QuestionEdit:
    """What the page for editing a question shows beside the form."""

    id: int
    url: str
    stored: QuestionForm


@dataclass(frozen=True)
class AnswerEdit:
    """What the page for editing an answer shows beside the form."""

    id: int
    url: str
    question_title: str
    stored: PostForm
    state: str = State.FRESH
    """What the answer is today: where it is past its date, an edit puts it before a verifier."""


@dataclass(frozen=True)
class CommentEdit:
    """What the page for editing a comment shows beside the form."""

    id: int
    url: str
    question_title: str
    stored: PostForm


def suggestions() -> Suggestions:
    """Tags most used first, and products and releases of the newest questions. Two statements."""
    tags = db.session.execute(select(Tag.name).order_by(Tag.question_count.desc(), Tag.id).limit(SUGGESTED_TAGS))
    newest = (
        select(Question.product, Question.release)
        .where(Question.removed_at.is_(None))
        .order_by(Question.created_at.desc(), Question.id.desc())
        .limit(LOOKED_AT_FOR_PRODUCTS)
    )
    rows = db.session.execute(newest).all()
    return Suggestions(
        tuple(tags.scalars()),
        tuple(dict.fromkeys(row.product for row in rows if row.product)),
        tuple(dict.fromkeys(row.release for row in rows if row.release)),
    )


def question_edit(question_id: int, viewer: User | None, now: datetime) -> QuestionEdit:
    """A question for who may edit it. Raises NotFound, Gone, SignInNeeded and Forbidden."""
    row = db.session.execute(
        select(
            Question.author_id,
            Question.removed_at,
            Question.title,
            Question.body_source,
            Question.body_format,
            Question.product,
            Question.release,
            Question.revision_count,
        ).where(Question.id == question_id)
    ).first()
    if row is None:
        raise NotFound("There is no such question.")
    if row.removed_at is not None:
        raise Gone("This question has been removed.")
    policy.require(viewer, "edit", Subject(author_id=row.author_id, asker_id=row.author_id), now)
    tags = names_of(db.session(), question_id)
    stored = QuestionForm(
        title=row.title,
        body=as_markdown(row.body_source, row.body_format),
        tags=" ".join(tags),
        product=row.product,
        release=row.release,
        revision=row.revision_count,
    )
    return QuestionEdit(question_id, question_url(question_id, row.title), stored)


def answer_edit(answer_id: int, viewer: User | None, now: datetime) -> AnswerEdit:
    """An answer for who may edit it. Raises NotFound, Gone, SignInNeeded and Forbidden."""
    row = db.session.execute(
        select(
            Answer.author_id,
            Answer.official,
            Answer.removed_at,
            Answer.body_source,
            Answer.body_format,
            Answer.revision_count,
            Answer.question_id,
            *(Answer.best_before_at, Answer.expires_at, Answer.archived_at),
            Question.title,
            Question.removed_at.label("question_removed_at"),
        )
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.id == answer_id)
    ).first()
    if row is None:
        raise NotFound("There is no such answer.")
    if row.removed_at is not None or row.question_removed_at is not None:
        raise Gone("This answer has been removed.")
    policy.require(viewer, "edit", Subject(author_id=row.author_id, official=row.official), now)
    stored = PostForm(as_markdown(row.body_source, row.body_format), revision=row.revision_count)
    state = lifecycle.state_at(row.best_before_at, row.expires_at, row.archived_at, now)
    return AnswerEdit(answer_id, answer_url(row.question_id, row.title, answer_id), row.title, stored, state)


def comment_edit(comment_id: int, viewer: User | None, now: datetime) -> CommentEdit:
    """A comment for who may edit it. Raises NotFound, Gone, SignInNeeded and Forbidden."""
    row = db.session.execute(
        select(
            Comment.author_id,
            Comment.removed_at,
            Comment.body_source,
            Comment.body_format,
            Comment.question_id,
            Question.title,
            Question.removed_at.label("question_removed_at"),
        )
        .join(Question, Question.id == Comment.question_id)
        .where(Comment.id == comment_id)
    ).first()
    if row is None:
        raise NotFound("There is no such comment.")
    if row.removed_at is not None or row.question_removed_at is not None:
        raise Gone("This comment has been removed.")
    policy.require(viewer, "edit_comment", Subject(author_id=row.author_id), now)
    stored = PostForm(as_markdown(row.body_source, row.body_format))
    return CommentEdit(comment_id, comment_url(row.question_id, row.title, comment_id), row.title, stored)


def as_markdown(source: str, fmt: str) -> str:
    """A stored text as its editor gets it: an imported one becomes Markdown, as it will be from then on."""
    return rendering.html_to_markdown(source) if fmt == "html" else source
