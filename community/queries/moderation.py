"""The moderators' pages: what was removed, who is suspended, what was done, and a person's standing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, select, union_all

from app.accounts.models import Suspension, User
from app.db import db
from app.errors import NotFound
from app.rendering import excerpt
from community.expertise.activity import RETURNS_WITHIN
from community.models import Answer, AuditRecord, Comment, Expertise, Question, Tag
from community.queries.addresses import answer_url, comment_url, question_url, tag_url
from community.queries.shared import Person, person

PER_PAGE = 30

ACTS = {
    "question.removed": "removed a question",
    "question.restored": "restored a question",
    "question.closed": "closed a question",
    "question.reopened": "reopened a question",
    "duplicates.set_apart": "said that two questions are not the same",
    "answer.removed": "removed an answer",
    "answer.restored_post": "restored an answer",
    "answer.archived": "archived an answer",
    "answer.restored": "took an answer out of the archive",
    "answer.reports_put_aside": "put reports on an answer aside",
    "answer.reports_counted_again": "counted reports on an answer again",
    "comment.removed": "removed a comment",
    "comment.restored": "restored a comment",
    "person.suspended": "suspended an account",
    "person.suspension_lifted": "lifted a suspension",
    "expertise.granted": "made somebody an expert",
    "expertise.revoked": "ended somebody’s expertise",
    "expertise.refused": "refused that somebody be an expert",
    "flags.spam": "confirmed flags for spam",
    "flags.confirmed": "said that flags were right",
    "flags.declined": "declined flags",
    "privileges.changed": "changed which reputation gives which privilege",
    "tag.policy_changed": "changed how long answers under a tag stay current",
    "tag.arm_ended": "ended a tag’s time without dates",
    "tag.described": "described a tag",
    "release.announced": "announced a release",
    "release.cancelled": "took back the announcement of a release",
    "bulk.check": "had many answers checked",
    "bulk.archive": "archived many answers",
    "bulk.transfer": "handed many answers over",
    "answer.handed_over": "handed an answer over",
    "tag.merged": "merged a tag into another",
    "badge.taken": "took a badge back",
    "badge.given": "gave a badge back",
    "ranks.named": "named the ranks",
    "rewards.switched_on": "switched rewards on",
    "rewards.switched_off": "switched rewards off",
    "rewards.declared": "declared a price list of rewards",
    "rewards.closed": "closed a period of rewards",
    "rewards.exported": "handed rewards to finance",
    "rewards.paid": "wrote down which rewards were paid",
    "fairness.upheld": "took back votes that look arranged",
    "fairness.dismissed": "let votes stand that looked arranged",
    "fairness.appeal_won": "granted an appeal about votes",
    "fairness.appeal_lost": "refused an appeal about votes",
    "fairness.lines_changed": "changed from when votes look arranged",
    "fairness.votes_seen": "looked at who voted for whom",
    "checks.paused": "paused somebody’s checks",
    "checks.cleared": "let a verifier begin anew",
    "person.role_changed": "changed somebody’s role",
    "person.closed": "closed an account",
    "person.merged": "merged an account into another",
}
"""What an audited act is called, after the name of who did it."""


@dataclass(frozen=True, slots=True)
class RemovedPost:
    """A post that was taken away."""

    kind: str
    id: int
    title: str
    url: str
    excerpt: str
    author: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SuspendedPerson:
    """Somebody who may not write at present."""

    person: Person
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Act:
    """One act of moderation."""

    id: int
    by: Person | None
    words: str
    about: str
    url: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ModerationPage:
    """The moderators' front page."""

    removed: tuple[RemovedPost, ...]
    suspended: tuple[SuspendedPerson, ...]
    acts: tuple[Act, ...]
    older: int | None
    """The id to go on before, for older acts."""


@dataclass(frozen=True, slots=True)
class StandingPage:
    """What a person may do here, and what was decided about them."""

    person: Person
    role: str
    suspended_until: datetime | None
    suspended_reason: str
    expertise: tuple[tuple[int, str, str, datetime, bool], ...]
    """(tag's id, name, address, until, whether it stands); what has lapsed is there as long as use brings it back"""
    suspensions: tuple[tuple[datetime, datetime, str, str, datetime | None], ...]
    """(from, until, reason, by, lifted)"""
    tags: tuple[str, ...]
    acts: tuple[Act, ...]
    is_closed: bool


def moderation_page(now: datetime, before: int | None = None) -> ModerationPage:
    """What was removed (latest first), who is suspended, and a page of acts: three statements."""
    acts = _acts(*([AuditRecord.id < before] if before is not None else []), limit=PER_PAGE + 1)
    return ModerationPage(
        removed=_removed() if before is None else (),
        suspended=_suspended(now) if before is None else (),
        acts=acts[:PER_PAGE],
        older=acts[PER_PAGE - 1].id if len(acts) > PER_PAGE else None,
    )


def standing_page(user_id: int, now: datetime) -> StandingPage:
    """A person's role, expertise and suspensions, with what was done about them. Raises NotFound."""
    session = db.session()
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    expertise = session.execute(
        select(Tag.id, Tag.name, Expertise.expires_at)
        .join(Expertise, Expertise.tag_id == Tag.id)
        .where(Expertise.user_id == user_id, Expertise.expires_at > now - RETURNS_WITHIN)
        .order_by(Tag.name)
    )
    suspensions = session.execute(
        select(Suspension.created_at, Suspension.until, Suspension.reason, User.name, Suspension.lifted_at)
        .join(User, User.id == Suspension.by_id)
        .where(Suspension.user_id == user_id)
        .order_by(Suspension.id.desc())
    )
    return StandingPage(
        person=person(user.id, user.name, user.avatar_url, user.role, user.reputation),
        role=user.role,
        suspended_until=user.suspended_until if user.is_suspended(now) else None,
        suspended_reason=user.suspended_reason or "",
        expertise=tuple((row.id, row.name, tag_url(row.name), row.expires_at, row.expires_at > now) for row in expertise),
        suspensions=tuple((row.created_at, row.until, row.reason, row.name, row.lifted_at) for row in suspensions),
        tags=tuple(session.scalars(select(Tag.name).order_by(Tag.question_count.desc()).limit(200))),
        acts=_acts(AuditRecord.user_id == user_id, limit=PER_PAGE),
        is_closed=user.closed_at is not None,
    )


def _removed() -> tuple[RemovedPost, ...]:
    """The latest of the three kinds, in one statement."""
    author, remover = select(User).subquery("author"), select(User).subquery("remover")

    def columns(model: type[Question] | type[Answer] | type[Comment], kind: str) -> tuple[ColumnElement[Any], ...]:
        return (
            literal(kind).label("kind"),
            model.id.label("id"),
            model.body_html.label("body_html"),
            model.author_id.label("author_id"),
            model.removed_by_id.label("removed_by_id"),
            model.removed_reason.label("reason"),
            model.removed_at.label("removed_at"),
        )

    gone = union_all(
        select(*columns(Question, "question"), Question.id.label("question_id")).where(Question.removed_at.is_not(None)),
        select(*columns(Answer, "answer"), Answer.question_id).where(Answer.removed_at.is_not(None)),
        select(*columns(Comment, "comment"), Comment.question_id).where(Comment.removed_at.is_not(None)),
    ).subquery("gone")
    rows = db.session.execute(
        select(gone, Question.title, author.c.name.label("author"), remover.c.name.label("by"))
        .join(Question, Question.id == gone.c.question_id)
        .join(author, author.c.id == gone.c.author_id)
        .outerjoin(remover, remover.c.id == gone.c.removed_by_id)
        .order_by(gone.c.removed_at.desc())
        .limit(PER_PAGE)
    )
    return tuple(
        RemovedPost(
            row.kind,
            row.id,
            row.title,
            _post_url(row.kind, row.id, row.question_id, row.title),
            excerpt(row.body_html, 160),
            row.author,
            row.by or "",
            row.reason or "",
            row.removed_at,
        )
        for row in rows
    )


def _post_url(kind: str, post_id: int, question_id: int, title: str) -> str:
    if kind == "answer":
        return answer_url(question_id, title, post_id)
    return comment_url(question_id, title, post_id) if kind == "comment" else question_url(question_id, title)


def _suspended(now: datetime) -> tuple[SuspendedPerson, ...]:
    rows = db.session.execute(
        select(User.id, User.name, User.avatar_url, User.role, User.suspended_until, User.suspended_reason)
        .where(User.suspended_until > now)
        .order_by(User.suspended_until)
        .limit(PER_PAGE)
    )
    return tuple(
        SuspendedPerson(
            person(row.id, row.name, row.avatar_url, row.role), row.suspended_until or now, row.suspended_reason or ""
        )
        for row in rows
    )


def _acts(*where: ColumnElement[bool], limit: int) -> tuple[Act, ...]:
    about = select(User).subquery("about")
    rows = db.session.execute(
        select(
            AuditRecord.id,
            AuditRecord.action,
            AuditRecord.reason,
            AuditRecord.at,
            AuditRecord.question_id,
            AuditRecord.answer_id,
            AuditRecord.user_id,
            User.id.label("actor_id"),
            User.name.label("actor"),
            User.avatar_url,
            User.role,
            Question.title,
            about.c.name.label("about"),
            Tag.name.label("tag"),
        )
        .outerjoin(User, User.id == AuditRecord.actor_id)
        .outerjoin(Question, Question.id == AuditRecord.question_id)
        .outerjoin(about, about.c.id == AuditRecord.user_id)
        .outerjoin(Tag, Tag.id == AuditRecord.tag_id)
        .where(*where)
        .order_by(AuditRecord.id.desc())
        .limit(limit)
    )
    acts = []
    for row in rows:
        url = ""
        if row.title is not None and row.question_id is not None:
            url = (
                answer_url(row.question_id, row.title, row.answer_id)
                if row.answer_id
                else question_url(row.question_id, row.title)
            )
        elif row.user_id is not None:
            url = f"/people/{row.user_id}"
        elif row.tag is not None:
            url = tag_url(row.tag)
        acts.append(
            Act(
                row.id,
                person(row.actor_id, row.actor, row.avatar_url, row.role) if row.actor_id else None,
                ACTS.get(row.action, row.action),
                row.title or " · ".join(part for part in (row.about, row.tag) if part),
                url,
                row.reason,
                row.at,
            )
        )
    return tuple(acts)
