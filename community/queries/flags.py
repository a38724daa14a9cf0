"""Flags: the form for a post, and the moderators' queue of what was flagged."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from app.accounts.models import User
from app.db import db
from app.errors import Gone, NotFound
from app.rendering import excerpt
from community import policy
from community.models import Answer, Comment, Flag, Question
from community.moderation.flags import record_of
from community.policy import Subject
from community.queries.addresses import answer_url, comment_url, question_url
from community.queries.shared import Person, person

FLAGS_READ = 400
"""How many waiting flags the queue looks at, the oldest first; it says when there are more."""
EXCERPT = 400
"""Characters of a flagged post that the queue shows."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """One flag on a post."""

    kind: str
    note: str
    by: Person
    at: datetime
    decided: int
    """Of the flagger's flags so far, how many were decided."""
    right: int
    """How many of those were right."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post with the flags that wait on it."""

    kind: str
    """question, answer or comment"""
    id: int
    url: str
    title: str
    """Of the question."""
    excerpt: str
    author: Person
    flags: tuple[Flagged, ...]
    spam: int
    """How many of the flags say spam."""
    url_decision: str


@dataclass(frozen=True, slots=True)
class FlagsPage:
    """The queue: most flagged first, then the longest waiting."""

    posts: tuple[Post, ...]
    can_decide: bool
    has_more: bool


@dataclass(frozen=True, slots=True)
class FlagForm:
    """The post that is to be flagged."""

    kind: str
    action: str
    url: str
    title: str
    excerpt: str
    decided: int
    right: int


def flags_page(viewer: User, now: datetime) -> FlagsPage:
    """The queue, for who may see it. Three statements."""
    rows = db.session.execute(
        select(
            Flag,
            Question.title,
            func.coalesce(Comment.body_html, Answer.body_html, Question.body_html).label("html"),
            func.coalesce(Comment.author_id, Answer.author_id, Question.author_id).label("author_id"),
        )
        .join(Question, Question.id == Flag.question_id)
        .outerjoin(Answer, Answer.id == Flag.answer_id)
        .outerjoin(Comment, Comment.id == Flag.comment_id)
        .where(Flag.outcome.is_(None), Question.removed_at.is_(None))
        .where(or_(Flag.answer_id.is_(None), Answer.removed_at.is_(None)))
        .where(or_(Flag.comment_id.is_(None), Comment.removed_at.is_(None)))
        .order_by(Flag.id)
        .limit(FLAGS_READ + 1)
    ).all()
    people = _people({row.Flag.by_id for row in rows} | {row.author_id for row in rows})
    records = record_of(db.session(), sorted({row.Flag.by_id for row in rows})) if rows else {}
    on: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for row in rows[:FLAGS_READ]:
        on[_kind(row.Flag)].append(row)
    posts = [_post(kind, post_id, found, people, records) for (kind, post_id), found in on.items()]
    return FlagsPage(
        tuple(sorted(posts, key=lambda post: -len(post.flags))),
        policy.can(viewer, "moderate", None, now),
        len(rows) > FLAGS_READ,
    )


def flag_form(kind: str, post_id: int, viewer: User, now: datetime) -> FlagForm:
    """The form for a question, an answer or a comment. Raises NotFound, Gone, and Forbidden for who may not flag it."""
    models: dict[str, Any] = {"question": Question, "answer": Answer, "comment": Comment}
    post = db.session.get(models[kind], post_id)
    question = post if kind == "question" else db.session.get(Question, post.question_id) if post is not None else None
    if post is None or question is None:
        raise NotFound(f"There is no such {kind}.")
    if post.removed_at is not None or question.removed_at is not None:
        raise Gone(f"This {kind} has been removed.")
    policy.require(viewer, "flag", Subject(author_id=post.author_id, asker_id=question.author_id), now)
    decided, right = record_of(db.session(), [viewer.id])[viewer.id]
    return FlagForm(
        kind,
        f"/{kind}s/{post_id}/flags",
        _url(kind, post_id, question.id, question.title),
        question.title,
        excerpt(post.body_html, EXCERPT),
        decided,
        right,
    )


def _kind(flag: Flag) -> tuple[str, int]:
    if flag.comment_id is not None:
        return "comment", flag.comment_id
    return ("answer", flag.answer_id) if flag.answer_id is not None else ("question", flag.question_id)


def _url(kind: str, post_id: int, question_id: int, title: str) -> str:
    if kind == "comment":
        return comment_url(question_id, title, post_id)
    return answer_url(question_id, title, post_id) if kind == "answer" else question_url(question_id, title)


def _post(kind: str, post_id: int, rows: list[Any], people: dict[int, Person], records: dict[int, tuple[int, int]]) -> Post:
    first = rows[0]
    flags = tuple(
        Flagged(row.Flag.kind, row.Flag.note, people[row.Flag.by_id], row.Flag.at, *records[row.Flag.by_id]) for row in rows
    )
    return Post(
        kind,
        post_id,
        _url(kind, post_id, first.Flag.question_id, first.title),
        first.title,
        excerpt(first.html, EXCERPT),
        people[first.author_id],
        flags,
        sum(flag.kind == "spam" for flag in flags),
        f"/moderation/flags/{kind}/{post_id}",
    )


def _people(ids: set[int]) -> dict[int, Person]:
    rows = db.session.execute(select(User.id, User.name, User.avatar_url, User.role, User.reputation).where(User.id.in_(ids)))
    return {row.id: person(row.id, row.name, row.avatar_url, row.role, row.reputation) for row in rows}
