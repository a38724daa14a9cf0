"""Many answers at once, as a moderator decides: have them checked, archive them, or hand them to another account.

What it would do is looked at first, and it is done only as it was seen. It is done in batches by a job: killed anywhere it goes
on, and each answer is changed once. No date is ever moved to a later day by it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.outbox import emit
from app.pages import person_key, touch
from community import lead, policy, reach, texts
from community.freshness import beliefs, cost, dates, evidence, life
from community.freshness.belief import Belief
from community.freshness.evidence import Happening
from community.lifecycle import Deadlines, Event, State
from community.models import Answer, BeliefEvent, BulkChange, Question, QuestionTag
from community.moderation import audit

ACTS = ("check", "archive", "transfer")
STATES = ("fresh", "due", "expired")
ASKED = 0.4
"""What is believed of an answer that a moderator wants checked: so much that one reader's word does not settle it."""
ASKS = "a moderator asked to have it checked"
"""For an answer's history."""
SPREAD_DAYS = 14
LONGEST_SPREAD_DAYS = dates.SPREAD_DAYS
"""No night keeps a date that is late for longer than this."""
BATCH = 200
"""Answers that one transaction changes."""
SLICE = 25
"""Batches that one call of the schedule does."""


@dataclass(frozen=True)
class Chosen:
    """Which answers; what is None or "" does not narrow them. At least one of the first four is given."""

    tag_id: int | None = None
    author_id: int | None = None
    release_id: int | None = None
    """An announced release that weighed on them, or …"""
    release: str = ""
    """… a product's release as askers and verifiers typed it: the question is about it, or it was last checked on it."""
    state: str = ""


@dataclass(frozen=True)
class Act:
    """What to do with them. `spread_days` belongs to "check", `to_user_id` to "transfer"."""

    name: str
    spread_days: int = SPREAD_DAYS
    reason: str = ""
    to_user_id: int | None = None


@dataclass(frozen=True)
class Preview:
    """What it would do, and what that costs."""

    fresh: int
    due: int
    expired: int
    minutes: float
    """The median of a check."""
    is_timed: bool
    """Whether the minutes were measured here."""
    pace: float
    """Checks a day, of all verifiers."""
    token: str
    """What was seen: the change is made only with it."""

    @property
    def answers(self) -> int:
        return self.fresh + self.due + self.expired


class Changed(Conflict):
    """What it would do is not what was seen any more."""


def preview(chosen: Chosen, act: Act, *, by: User, now: datetime) -> Preview:
    """How many answers it concerns, in which states. Changes nothing. Raises Invalid for what cannot be chosen."""
    policy.require(by, "bulk_change", None, now)
    _check(chosen, act)
    session = db.session()
    due, over = Answer.best_before_at <= now, Answer.expires_at <= now
    counts = [func.coalesce(func.sum(case((state, 1), else_=0)), 0) for state in (~due & ~over, due & ~over, over)]
    wanted = select(*counts).join(Question, Question.id == Answer.question_id).where(*_which(chosen, act, now))
    fresh, late, expired = (int(count) for count in session.execute(wanted).one())
    minutes = cost.minutes(session)
    seen = repr((chosen, act.name, act.spread_days, act.to_user_id, fresh, late, expired))
    token = hashlib.blake2b(seen.encode(), digest_size=16).hexdigest()
    pace = cost.pace(session, now)
    return Preview(fresh, late, expired, minutes or cost.MINUTES_A_CHECK, minutes is not None, pace, token)


def start(chosen: Chosen, act: Act, words: str, seen: str, *, by: User, now: datetime) -> int:
    """Decide it; returns the change's number. `words` says which answers, for people; `seen` is the preview's token. Raises
    Changed when it would do something else by now."""
    found = preview(chosen, act, by=by, now=now)
    if found.token != seen:
        raise Changed("This would not do what you saw: answers have changed since. Look at it again.")
    reason = texts.note(act.reason, "reason", "The reason", required=act.name == "archive")
    with transaction() as session:
        policy.require(by, "bulk_change", None, now)
        made = BulkChange(
            act=act.name,
            wanted=asdict(chosen),
            words=words,
            reason=reason,
            spread_days=act.spread_days,
            to_user_id=act.to_user_id,
            by_id=by.id,
            at=now,
            answers=found.answers,
        )
        session.add(made)
        session.flush()
        details = {"answers": found.answers, "bulk_id": made.id, "spread_days": act.spread_days, "to_user_id": act.to_user_id}
        about = {"user_id": chosen.author_id, "tag_id": chosen.tag_id}
        audit.record(session, by, f"bulk.{act.name}", now, reason=f"{words}. {reason}".strip(), **about, **details)
        return made.id


def go_on(now: datetime, batch: int = BATCH, batches: int = SLICE) -> int:
    """Do what was decided and is not done yet; returns how many answers were changed. At most `batches` batches: the next call
    goes on."""
    waiting = db.session.scalars(select(BulkChange.id).where(BulkChange.done_at.is_(None)).order_by(BulkChange.id)).all()
    db.session.rollback()
    changed = 0
    for bulk_id in waiting:
        while batches > 0 and (decided := _waiting(bulk_id)) is not None:
            here, done = _do_slice(decided, batch, batches, now)
            changed, batches = changed + here, batches - done
    return changed


def _waiting(bulk_id: int) -> BulkChange | None:
    """The change as it is now, on its own; None when it is done."""
    found = db.session.get(BulkChange, bulk_id, populate_existing=True)
    if found is not None:
        db.session.expunge(found)
    db.session.rollback()
    return found if found is not None and found.done_at is None else None


def _do_slice(decided: BulkChange, batch: int, batches: int, now: datetime) -> tuple[int, int]:
    """Change the next answers, until another worker is found to be at it, too; returns how many, and in how many batches."""
    act = Act(decided.act, decided.spread_days, decided.reason, decided.to_user_id)
    which = (*_which(Chosen(**decided.wanted), act, now), Answer.created_at <= decided.at)
    # Looked for once, before anything is held.
    wanted = select(Answer.id).join(Question, Question.id == Answer.question_id).where(Answer.id > decided.cursor, *which)
    ids = db.session.scalars(wanted.order_by(Answer.id).limit(batch * batches)).all()
    db.session.rollback()
    changed, after = 0, decided.cursor
    for number, start in enumerate(range(0, max(1, len(ids)), batch), 1):
        some = ids[start : start + batch]
        here = _do_batch(decided, act, which, after, some, now)
        if here is None:
            return changed, number
        changed, after = changed + here, some[-1] if some else after
    return changed, max(1, -(-len(ids) // batch))


def _do_batch(
    decided: BulkChange, act: Act, which: Sequence[ColumnElement[bool]], after: int, ids: Sequence[int], now: datetime
) -> int | None:
    """Change these answers; without any it is done. Returns how many, or None where the cursor is not at `after`."""
    with transaction() as session:
        mine = update(BulkChange).where(BulkChange.id == decided.id, BulkChange.cursor == after, BulkChange.done_at.is_(None))
        values = {"cursor": ids[-1]} if ids else {"done_at": now}
        if session.execute(mine.values(values).returning(BulkChange.id)).first() is None:
            return None
        if not ids:
            return 0
        questions = reach.questions_of(session, ids)
        still = select(Answer).join(Question, Question.id == Answer.question_id).where(Answer.id.in_(ids), *which)
        answers = session.scalars(still.order_by(Answer.id).execution_options(populate_existing=True)).all()
        pairs = [(answer, questions[answer.question_id]) for answer in answers]
        done = _DO[act.name](session, pairs, act, decided.by_id, now)
        session.execute(update(BulkChange).where(BulkChange.id == decided.id).values(changed=BulkChange.changed + done))
        return done


Pairs = Sequence[tuple[Answer, Question]]


def _have_checked(session: Session, pairs: Pairs, act: Act, by_id: int, now: datetime) -> int:
    """Bring their dates to now, spread. By belief it is the belief that says so, or the next night would take it back."""
    happening = Happening("asked", f"{ASKS}: {act.reason}" if act.reason else ASKS, by_id)
    fresh = [(answer, question) for answer, question in pairs if answer.best_before_at > now]
    by_belief = [(answer, question) for answer, question in fresh if question.freshness != "plain"]
    evidence.release_all(session, by_belief, _doubt, happening, act.spread_days, now)
    plain = [(answer, question) for answer, question in fresh if question.freshness == "plain"]
    for answer, question in plain:
        life.catch_up(session, answer, now)
        sooner = min(answer.best_before_at, dates.spread(answer.id, act.spread_days, now))
        life.follow_evidence(session, answer, Deadlines(sooner, answer.expires_at), happening.reason, now, actor_id=by_id)
        row = beliefs.of(session, answer, question, now)
        beliefs.rank(row, answer, question, now)
        evidence.tell(session, answer, row, happening, now)
    _follow(session, plain, now)
    return len(fresh)


def _doubt(belief: Belief) -> float:
    """The impact that brings a belief to ASKED; none where it is there already."""
    return max(0.0, 1 - (1 - ASKED) / (1 - belief.pi))


def _archive(session: Session, pairs: Pairs, act: Act, by_id: int, now: datetime) -> int:
    for answer, question in pairs:
        life.move(session, answer, Event.ARCHIVED, by_id, act.reason, now)
        answer.archived_at, answer.successor_id = now, None
        question.activity_at = max(question.activity_at, now)
        emit(session, "answer.archived", now, answer_id=answer.id, by_id=by_id)
    _follow(session, pairs, now)
    return len(pairs)


def _transfer(session: Session, pairs: Pairs, act: Act, by_id: int, now: datetime) -> int:
    """Hand them over: the points stay with who earned them, and no date moves."""
    for answer, _question in pairs:
        touch(session, person_key(answer.author_id), person_key(act.to_user_id or 0))
        answer.author_id = act.to_user_id or answer.author_id
        audit.record(session, session.get(User, by_id), "answer.handed_over", now, answer_id=answer.id, question_id=_question.id)
    reach.changed_all(session, (question for _, question in pairs), now)
    return len(pairs)


_DO = {"check": _have_checked, "archive": _archive, "transfer": _transfer}


def _follow(session: Session, pairs: Pairs, now: datetime) -> None:
    questions = {question.id: question for _, question in pairs}
    lead.refresh_all(session, list(questions.values()), now)
    reach.changed_all(session, questions.values(), now)


def _which(chosen: Chosen, act: Act, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What the answers' rows say, with their questions joined."""
    found: list[ColumnElement[bool]] = [Answer.archived_at.is_(None), Answer.removed_at.is_(None), Question.removed_at.is_(None)]
    if chosen.tag_id is not None:
        found.append(exists().where(QuestionTag.question_id == Answer.question_id, QuestionTag.tag_id == chosen.tag_id))
    if chosen.author_id is not None:
        found.append(Answer.author_id == chosen.author_id)
    if chosen.release_id is not None:
        found.append(exists().where(BeliefEvent.release_id == chosen.release_id, BeliefEvent.answer_id == Answer.id))
    if chosen.release:
        key = chosen.release.lower()
        found.append(or_(func.lower(Question.release) == key, func.lower(Answer.verified_on) == key))
    due, over = Answer.best_before_at <= now, Answer.expires_at <= now
    states = {State.FRESH: ~due & ~over, State.DUE: and_(due, ~over), State.EXPIRED: over}
    if chosen.state:
        found.append(states[State(chosen.state)])
    if act.name == "check":
        found.append(Question.freshness != "permanent")
    if act.name == "transfer":
        # Nobody vouches for their own.
        found.append(or_(Answer.verified_by_id.is_(None), Answer.verified_by_id != act.to_user_id))
    return tuple(found)


def _check(chosen: Chosen, act: Act) -> None:
    wrong = {}
    if chosen == Chosen(state=chosen.state):
        wrong["tag"] = "Choose a tag, a release or an author: not every answer there is."
    if chosen.state and chosen.state not in STATES:
        wrong["state"] = "Choose fresh, due, expired, or any."
    if act.name not in ACTS:
        wrong["act"] = "Choose what to do with them."
    if not 0 <= act.spread_days <= LONGEST_SPREAD_DAYS:
        wrong["spread_days"] = f"Choose from 0 to {LONGEST_SPREAD_DAYS} days."
    if act.name == "transfer":
        if chosen.author_id is None:
            wrong["author"] = "Say whose answers are handed over."
        if act.to_user_id is None or act.to_user_id == chosen.author_id:
            wrong["to"] = "Say which other account they are handed to."
        elif db.session.get(User, act.to_user_id) is None:
            raise NotFound("There is no such account.")
    if wrong:
        raise Invalid(wrong)
