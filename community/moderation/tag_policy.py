"""Changing how long answers under a tag stay current: a preview first, then the change, spread so that no wall is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, transaction
from app.errors import Invalid, NotFound
from app.pages import TAGS, touch
from community import lead, lifecycle, policy, reach, tags, texts
from community.freshness import life
from community.lifecycle import LONGEST_INTERVAL_DAYS, State
from community.models import Answer, Question, QuestionTag, Tag
from community.moderation import audit
from community.tags import Policy

LONGEST_SPREAD_DAYS = 180
BATCH = 500
_KNUTH = 2654435761


@dataclass(frozen=True)
class Change:
    """What a moderator wants of a tag. None: the site's default. `spread_days`: over how many days what would be late at once is
    spread."""

    interval_days: int | None
    grace_days: int | None
    verifiers_needed: int | None
    spread_days: int = 30


@dataclass(frozen=True)
class Preview:
    """What the change would do to the answers that live under the tag."""

    answers: int
    newly_due: int
    """Fresh now, past their new date at once (before spreading)."""
    newly_expired: int
    newly_fresh: int
    """Due or expired now, current again under the new dates; they are not moved back: only a verification does that."""


def preview(tag_id: int, change: Change, *, by: User, now: datetime) -> Preview:
    """How many answers the change would make due or expired. Changes nothing. Raises Invalid for values out of range."""
    policy.require(by, "set_policy", None, now)
    _check(change)
    counts = {"answers": 0, "newly_due": 0, "newly_expired": 0, "newly_fresh": 0}
    session = db.session()
    for _question_id, new, answers in _affected(session, tag_id, change):
        for answer in answers:
            counts["answers"] += 1
            before = lifecycle.state_at(answer.best_before_at, answer.expires_at, None, now)
            dates = lifecycle.deadlines(answer.fresh_from, new.interval_days, new.grace_days)
            after = lifecycle.state_at(dates.best_before, dates.expires, None, now)
            counts["newly_due"] += before == State.FRESH and after == State.DUE
            counts["newly_expired"] += before != State.EXPIRED and after == State.EXPIRED
            counts["newly_fresh"] += before != State.FRESH and after == State.FRESH
    return Preview(**counts)


def change(tag_id: int, wanted: Change, *, by: User, now: datetime) -> Preview:
    """Set the tag's policy and move the dates of the answers under it; returns what it did, counted as in the preview.

    Dates still count from when each answer was last vouched for. What would be late at once is spread over `spread_days` by the
    answer's number, so the same change gives the same dates. An answer that is due or expired stays so until it is verified.
    """
    done = preview(tag_id, wanted, by=by, now=now)
    with transaction() as session:
        policy.require(by, "set_policy", None, now)
        tag = session.get(
            Tag, tag_id, populate_existing=True
        )  # not held: who asks or edits holds the question first, then the tag
        if tag is None:
            raise NotFound("There is no such tag.")
        before = {"interval_days": tag.interval_days, "grace_days": tag.grace_days, "verifiers_needed": tag.verifiers_needed}
        for question_id, new, _seen in _affected(session, tag_id, wanted):
            question = reach.question(session, question_id, removed=True)
            held = select(Answer).where(Answer.question_id == question_id, Answer.archived_at.is_(None))
            for answer in session.scalars(held.execution_options(populate_existing=True)).all():
                _move_dates(session, answer, new, wanted.spread_days, now)
            question.interval_days, question.grace_days = new.interval_days, new.grace_days
            question.verifiers_needed = new.verifiers_needed
            lead.refresh(session, question, now)
            reach.changed(session, question, now)
        tag.interval_days, tag.grace_days = wanted.interval_days, wanted.grace_days
        tag.verifiers_needed = wanted.verifiers_needed
        after = {name: getattr(wanted, name) for name in before}
        touch(session, TAGS)
        audit.record(session, by, "tag.policy_changed", now, tag_id=tag_id, before=before, after=after)
    return done


def describe(tag_id: int, description: str, *, by: User, now: datetime) -> None:
    """Say what a tag is for."""
    with transaction() as session:
        policy.require(by, "set_policy", None, now)
        words = texts.note(description, "description", "The description")
        moved = session.execute(update(Tag).where(Tag.id == tag_id).values(description=words).returning(Tag.id))
        if moved.first() is None:
            raise NotFound("There is no such tag.")
        touch(session, TAGS)
        audit.record(session, by, "tag.described", now, tag_id=tag_id)


def _check(wanted: Change) -> None:
    wrong = {}
    if wanted.interval_days is not None and not 1 <= wanted.interval_days <= LONGEST_INTERVAL_DAYS:
        wrong["interval_days"] = f"Choose from 1 to {LONGEST_INTERVAL_DAYS} days: no answer stays current for ever."
    if wanted.grace_days is not None and not 0 <= wanted.grace_days <= 10 * 365:
        wrong["grace_days"] = "Choose from 0 (expires at once) to 3650 days."
    if wanted.verifiers_needed is not None and not 1 <= wanted.verifiers_needed <= 5:  # noqa: PLR2004 - the limit is in the message
        wrong["verifiers_needed"] = "Choose from 1 to 5 people."
    if not 0 <= wanted.spread_days <= LONGEST_SPREAD_DAYS:
        wrong["spread_days"] = f"Choose from 0 to {LONGEST_SPREAD_DAYS} days."
    if wrong:
        raise Invalid(wrong)


def _affected(session: Session, tag_id: int, wanted: Change) -> Iterator[tuple[int, Policy, list[Answer]]]:
    """Each question under the tag with its new policy and its answers that are not archived, in the order of the questions."""
    last = 0
    while True:
        ids = list(session.scalars(_page(tag_id, last)))
        if not ids:
            return
        found: dict[int, list[Tag]] = {question_id: [] for question_id in ids}
        rows = session.execute(
            select(QuestionTag.question_id, Tag).join(Tag, Tag.id == QuestionTag.tag_id).where(QuestionTag.question_id.in_(ids))
        )
        for question_id, tag in rows:
            found[question_id].append(_as_wanted(tag, wanted) if tag.id == tag_id else tag)
        answers: dict[int, list[Answer]] = {question_id: [] for question_id in ids}
        for answer in session.scalars(
            select(Answer).where(Answer.question_id.in_(ids), Answer.archived_at.is_(None)).order_by(Answer.id)
        ):
            answers[answer.question_id].append(answer)
        for question_id in ids:
            yield question_id, tags.strictest(found[question_id]), answers[question_id]
        last = ids[-1]


def _page(tag_id: int, last: int) -> Select[int]:
    return (
        select(QuestionTag.question_id)
        .join(Question, Question.id == QuestionTag.question_id)
        .where(QuestionTag.tag_id == tag_id, QuestionTag.question_id > last)
        .order_by(QuestionTag.question_id)
        .limit(BATCH)
    )


def _as_wanted(tag: Tag, wanted: Change) -> Tag:
    """The tag as it would be; not the row itself, which stays untouched."""
    return Tag(
        id=tag.id,
        name=tag.name,
        interval_days=wanted.interval_days,
        grace_days=wanted.grace_days,
        verifiers_needed=wanted.verifiers_needed,
    )


def _move_dates(session: Session, answer: Answer, new: Policy, spread_days: int, now: datetime) -> None:
    state = life.catch_up(session, answer, now)
    dates = lifecycle.deadlines(answer.fresh_from, new.interval_days, new.grace_days)
    late = spread(answer.id, spread_days, now)
    if state == State.FRESH:
        best_before = dates.best_before if dates.best_before > now else late
        answer.best_before_at = best_before
        answer.expires_at = max(dates.expires, best_before + timedelta(days=new.grace_days))
    elif state == State.DUE:
        answer.expires_at = dates.expires if dates.expires > now else late


def spread(number: int, days: int, now: datetime) -> datetime:
    """A moment within `days` days from `now`, the same for the same number, evenly spread over many numbers (Knuth's
    multiplicative hash, The Art of Computer Programming 3, 6.4)."""
    share = (number * _KNUTH % 2**32) / 2**32
    return now + timedelta(days=days * share)
