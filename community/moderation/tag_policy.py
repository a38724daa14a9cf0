"""Changing what sets the dates of a tag's answers: a preview first, then the change, spread so that no wall is made.

The tag's row is set in one transaction, with a message; the questions under it follow in batches (`freshness.policies`): a first
slice at once, the rest when the message is delivered. A change that was killed is finished by that message, or by making the same
change again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, transaction
from app.errors import Invalid, NotFound
from app.pages import TAGS, touch
from community import lifecycle, policy, tags, texts
from community.freshness import arms, beliefs, policies
from community.freshness import belief as model
from community.freshness.belief import Belief
from community.freshness.dates import Standing
from community.freshness.policies import Cause
from community.lifecycle import LONGEST_INTERVAL_DAYS, State
from community.models import Answer, AnswerBelief, QuestionTag, Tag
from community.moderation import audit

LONGEST_SPREAD_DAYS = 180
LONGEST_GRACE_DAYS = 3650
AT_ONCE = 500
"""Questions that follow a change before its page is shown; the others follow within minutes."""
COUNTED = 20_000
"""Up to so many questions under a tag a preview counts each; of more it looks at pages here and there, and says "about"."""
SAMPLES = 10
"""So many pages, spread over the questions by number: their answers are as old as all of them are."""

KINDS: Mapping[str, str] = {
    "belief": "what is believed of each answer",
    "plain": "a plain interval",
    "permanent": "nothing, until a day",
}
"""What can set the dates under a tag, in words."""
COLUMNS = ("freshness", "permanent_until", "interval_days", "grace_days", "verifiers_needed")
"""A tag's policy in its row."""


@dataclass(frozen=True)
class Change:
    """What a moderator wants of a tag. None: the site's default. `spread_days`: over how many days what would be late at once is
    spread. `freshness` None: as it is. `permanent_until` is for "permanent" alone."""

    interval_days: int | None
    grace_days: int | None
    verifiers_needed: int | None
    spread_days: int = 30
    freshness: str | None = None
    permanent_until: datetime | None = None


@dataclass(frozen=True)
class Preview:
    """What the change would do to the answers that live under the tag."""

    answers: int
    newly_due: int
    """Fresh now, past their new date at once (before spreading)."""
    newly_expired: int
    newly_fresh: int
    """Due or expired now, current again under the new dates; they are not moved back: only a verification does that."""
    is_about: bool = False
    """Reckoned from a sample."""


def preview(tag_id: int, change: Change, *, by: User, now: datetime) -> Preview:
    """How many answers the change would make due or expired. Changes nothing. Raises Invalid for values out of range."""
    policy.require(by, "set_policy", None, now)
    session = db.session()
    tag = session.get(Tag, tag_id)
    if tag is None:
        raise NotFound("There is no such tag.")
    asked = _checked(tag, change, now)
    counts = {"answers": 0, "newly_due": 0, "newly_expired": 0, "newly_fresh": 0}
    looked_at: set[int] = set()
    is_about = tag.question_count > COUNTED
    for rows, tagged in _here_and_there(session, tag_id) if is_about else policies.pages(session, tag_id):
        ids = [row.id for row in rows if row.id not in looked_at]
        looked_at.update(ids)
        new = {number: tags.strictest(asked if tag.id == tag_id else tag for tag in tagged[number]) for number in ids}
        for answer in _answers(session, ids):
            standing, rules = Standing(answer.fresh_from, answer.best_before_at, answer.expires_at), new[answer.question_id]
            dates = policies.wanted(_believed(answer, rules.change_rate, now), rules, standing, 0, now)
            before = lifecycle.state_at(standing.best_before, standing.expires, None, now)
            after = lifecycle.state_at(dates.best_before, dates.expires, None, now)
            counts["answers"] += 1
            counts["newly_due"] += before == State.FRESH and after == State.DUE
            counts["newly_expired"] += before != State.EXPIRED and after == State.EXPIRED
            counts["newly_fresh"] += before != State.FRESH and after == State.FRESH
    scale = tag.question_count / max(1, len(looked_at)) if is_about else 1.0
    return Preview(**{name: round(count * scale) for name, count in counts.items()}, is_about=is_about)


def change(tag_id: int, wanted: Change, *, by: User, now: datetime) -> bool:
    """Set the tag's policy; the dates of the answers under it follow. True: all of them have; False: the rest follows by itself.

    Dates still count from when each answer was last vouched for. What would be late at once is spread over `spread_days` by the
    answer's number, so the same change gives the same dates. An answer that is due or expired stays so until it is verified.
    """
    cause = Cause(by.id, wanted.spread_days)
    with transaction() as session:
        policy.require(by, "set_policy", None, now)
        tag = session.get(
            Tag, tag_id, populate_existing=True
        )  # not held: who asks or edits holds the question first, then the tag
        if tag is None:
            raise NotFound("There is no such tag.")
        asked, before = _checked(tag, wanted, now), _columns(tag)
        for name in COLUMNS:
            setattr(tag, name, getattr(asked, name))
        arms.keep(session, tag_id, tag.freshness == "permanent", now)
        policies.tell(session, tag_id, cause, now)
        touch(session, TAGS)
        audit.record(session, by, "tag.policy_changed", now, tag_id=tag_id, before=before, after=_columns(tag))
    return policies.follow(tag_id, cause, now, most=AT_ONCE) is None


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


def _checked(tag: Tag, wanted: Change, now: datetime) -> Tag:
    """The tag as it would be; not the row itself, which stays untouched. Raises Invalid for values out of range."""
    kind = tag.freshness if wanted.freshness is None else wanted.freshness
    until = wanted.permanent_until
    if wanted.freshness is None and kind == "permanent":
        until = tag.permanent_until
    wrong = {}
    if kind not in KINDS:
        wrong["freshness"] = "Choose what sets the dates: the belief, a plain interval, or nothing until a day."
    if kind == "permanent" and (until is None or not now < until <= now + timedelta(days=arms.LONGEST_DAYS + 1)):
        wrong["permanent_until"] = f"Choose a day after today, at most {arms.LONGEST_DAYS} days ahead: it is there to measure by."
    if wanted.interval_days is not None and not 1 <= wanted.interval_days <= LONGEST_INTERVAL_DAYS:
        wrong["interval_days"] = f"Choose from 1 to {LONGEST_INTERVAL_DAYS} days: no answer stays current for ever."
    if wanted.grace_days is not None and not 0 <= wanted.grace_days <= LONGEST_GRACE_DAYS:
        wrong["grace_days"] = f"Choose from 0 (expires at once) to {LONGEST_GRACE_DAYS} days."
    if wanted.verifiers_needed is not None and not 1 <= wanted.verifiers_needed <= 5:  # noqa: PLR2004 - the limit is in the message
        wrong["verifiers_needed"] = "Choose from 1 to 5 people."
    if not 0 <= wanted.spread_days <= LONGEST_SPREAD_DAYS:
        wrong["spread_days"] = f"Choose from 0 to {LONGEST_SPREAD_DAYS} days."
    if wrong:
        raise Invalid(wrong)
    return Tag(
        id=tag.id,
        name=tag.name,
        interval_days=wanted.interval_days,
        grace_days=wanted.grace_days,
        verifiers_needed=wanted.verifiers_needed,
        freshness=kind,
        permanent_until=until if kind == "permanent" else None,
        change_rate=tag.change_rate,
    )


def _columns(tag: Tag) -> dict[str, Any]:
    """The tag's policy as the audit keeps it."""
    found = {name: getattr(tag, name) for name in COLUMNS}
    until = found["permanent_until"]
    return found | {"permanent_until": until.isoformat() if until else None}


def _here_and_there(session: Session, tag_id: int) -> Iterator[policies.Page]:
    """SAMPLES pages of the questions under the tag, evenly spread over their numbers."""
    ends = select(func.min(QuestionTag.question_id), func.max(QuestionTag.question_id)).where(QuestionTag.tag_id == tag_id)
    first, last = session.execute(ends).one()
    for number in range(SAMPLES):
        page = next(policies.pages(session, tag_id, first - 1 + (last - first) * number // SAMPLES), None)
        if page is not None:
            yield page


def _answers(session: Session, question_ids: Sequence[int]) -> Sequence[Any]:
    """What decides the dates of the answers that are not archived: their dates, and from the sixth column on what is believed."""
    return session.execute(
        select(
            Answer.question_id,
            Answer.fresh_from,
            Answer.best_before_at,
            Answer.expires_at,
            AnswerBelief.day,
            AnswerBelief.pi,
            AnswerBelief.pa,
            AnswerBelief.k,
            AnswerBelief.t,
            AnswerBelief.f,
            AnswerBelief.hb,
            AnswerBelief.hr,
            AnswerBelief.views_per_day,
        )
        .outerjoin(AnswerBelief, AnswerBelief.answer_id == Answer.id)
        .where(Answer.question_id.in_(question_ids), Answer.archived_at.is_(None))
    ).all()


def _believed(answer: Any, lam: float, now: datetime) -> Belief:  # noqa: ANN401 - a row of `_answers`
    """What is believed of it today; where nothing is yet, from its age."""
    if answer.day is None:
        return model.imported((now - answer.fresh_from) / timedelta(days=1))
    belief = Belief(*answer[5:])
    for _ in range(min((beliefs.day_of(now) - answer.day).days, beliefs.MOST_NIGHTS)):
        belief = model.aged(belief, lam)
    return belief
