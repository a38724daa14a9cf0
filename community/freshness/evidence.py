"""What moves the belief about an answer, and its dates with it: posting, readers, releases, acceptance, verification.

Inside verbs, with the question's row held; the belief's row is held too, against the nightly run. Every move leaves a
BeliefEvent, so that the dates can be explained.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import case, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.db import insert_into
from community import lead, lifecycle, reach
from community.freshness import belief as model
from community.freshness import dates, life, weights
from community.freshness.belief import Belief, TagRate
from community.freshness.beliefs import adopted, day_of, of, rank, read, step_to, write
from community.freshness.dates import Standing
from community.lifecycle import Event, State
from community.models import Answer, AnswerBelief, BeliefEvent, Question, QuestionTag, Signal, Tag, Vote

KINDS = (
    *("posted", "imported", "adopted", "accepted", "confirmation", "report", "withdrawn", "dead_link", "votes", "release"),
    *("right", "repaired", "wrong", "restored", "policy", "asked", "escalated", "aside", "undone"),
)
"""What the history of a belief tells of. "escalated" moves nothing: somebody was called."""
ACCEPTANCE = 1.0
"""What the asker's "this solved it" weighs, as a confirmation."""
CONFIRMERS_TO_REVIVE = 2
"""How many accounts, new ones not counted, it takes to bring back what has expired; one alone does not."""


@dataclass(frozen=True)
class Happening:
    """What moved a belief, for its history."""

    kind: str
    reason: str = ""
    actor_id: int | None = None
    release_id: int | None = None
    verification_id: int | None = None


def begin(session: Session, answer: Answer, question: Question, now: datetime) -> None:
    """An answer is being posted: its first belief, its first dates, its first state."""
    belief = model.create()
    life.begin(session, answer, dates.vouched(belief, question, now), now)
    row = AnswerBelief(answer_id=answer.id, day=day_of(now), views_counted=question.views, crowd=0, escalated=0)
    write(row, belief)
    rank(row, answer, question, now)
    session.add(row)
    session.add(_event(answer, Happening("posted", actor_id=answer.author_id), 0.0, belief.pi, now))


def hear(
    session: Session,
    answer: Answer,
    question: Question,
    happening: Happening,
    now: datetime,
    *,
    bad: float = 0.0,
    ok: float = 0.0,
) -> AnswerBelief:
    """Readers, links or votes say something: weights of at most 1 a person, negative where a word is taken back. The answer
    moves at once, as far as evidence alone may move it."""
    life.catch_up(session, answer, now)
    row = of(session, answer, question, now)
    before = row.pi
    row.bad, row.ok = row.bad + bad, row.ok + ok
    _hear_again(row)
    _follow(session, answer, question, row, happening, before, now)
    return row


@dataclass(frozen=True)
class Said:
    """A word that counts no longer: when it was said, and what it weighed."""

    at: datetime
    bad: float = 0.0
    ok: float = 0.0


def take_back(
    session: Session, answer: Answer, question: Question, happening: Happening, words: Sequence[Said], now: datetime
) -> AnswerBelief:
    """Words count no longer; their rows are gone, or say so. Of what was said today the day's sums decide again. Of an earlier
    day's words that part is taken back by which the day moved more for them: where a day's sum was cut off, the words that still
    stand keep what they moved. Nothing that is taken back carries the belief across what it would be without any reader, so that
    saying and taking back moves nothing by itself."""
    life.catch_up(session, answer, now)
    row = of(session, answer, question, now)
    before = row.pi
    for day in sorted({day_of(word.at) for word in words}):
        bad = sum(word.bad for word in words if day_of(word.at) == day)
        ok = sum(word.ok for word in words if day_of(word.at) == day)
        if day == row.day:
            row.bad, row.ok = max(0.0, row.bad - bad), max(0.0, row.ok - ok)
        else:
            left = _said_on(session, answer, day)
            moved = model.evidence(left.bad + bad, left.ok + ok) - model.evidence(left.bad, left.ok)
            row.before_signals = _without(moved, row.before_signals, row.pa)
    _hear_again(row)
    _follow(session, answer, question, row, happening, before, now)
    return row


def _said_on(session: Session, answer: Answer, day: date) -> Said:
    """What still stands of a day's words in this round."""
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    counts = (Signal.answer_id == answer.id, Signal.round == answer.round, Signal.at >= start, Signal.at < end)
    sums = [func.coalesce(func.sum(case((Signal.kind == kind, Signal.weight), else_=0.0)), 0.0) for kind in ("broken", "works")]
    heard = or_(Signal.kind != "broken", Signal.aside_at.is_(None))
    bad, ok = session.execute(select(*sums).where(*counts, heard)).one()
    if weights.DOWN_VOTE:
        voted = select(func.count()).where(Vote.answer_id == answer.id, Vote.value < 0, Vote.withdrawn_at.is_(None))
        voted = voted.where(Vote.discounted_at.is_(None))
        voted = voted.where(Vote.at >= start, Vote.at < end)
        if answer.verified_at is not None:
            voted = voted.where(Vote.at > answer.verified_at)
        bad += weights.DOWN_VOTE * session.execute(voted).scalar_one()
    return Said(start, bad, ok)


def _without(moved: float, pi: float, pa: float) -> float:
    """A belief after log odds that readers had `moved` it by are taken back."""
    most = model.PARAMETERS.LOGIT_MOST
    odds = math.log(pi / (1 - pi)) - moved
    back = 1 / (1 + math.exp(-max(-most, min(most, odds))))
    return min(pi, max(back, pa)) if moved > 0 else max(pi, min(back, pa))


def release(
    session: Session, answer: Answer, question: Question, kappa: float, happening: Happening, days: int, now: datetime
) -> None:
    """A release with impact `kappa` weighs on the answer. The belief moves at once; a date that it brings on is spread over
    `days`."""
    release_all(session, [(answer, question)], kappa, happening, days, now)


def release_all(
    session: Session,
    answers: Sequence[tuple[Answer, Question]],
    kappa: float | Callable[[Belief], float],
    happening: Happening,
    days: int,
    now: datetime,
) -> None:
    """The same for many answers, their questions held, in few statements. `kappa` may depend on what is believed of each."""
    if not answers:
        return
    rows = _rows(session, answers, now)
    moved, events = {}, []
    for answer, question in answers:
        life.catch_up(session, answer, now)
        row = rows[answer.id]
        before = row.pi
        belief = read(row)
        weight = kappa(belief) if callable(kappa) else kappa
        morning = Belief(row.before_signals, row.pa, belief.k, belief.T, belief.F, belief.hb, belief.hr, belief.views)
        after = model.released(morning, weight)
        row.before_signals, row.pa, row.hr = after.pi, after.pa, after.hr
        _hear_again(row)
        if _move(session, answer, question, row, happening, now, spread_days=days):
            moved[question.id] = question
        events.append(_event(answer, happening, before, row.pi, now))
    _keep_all(session, events)
    lead.refresh_all(session, list(moved.values()), now)
    reach.changed_all(session, (question for _, question in answers), now)


def _rows(session: Session, answers: Sequence[tuple[Answer, Question]], now: datetime) -> dict[int, AnswerBelief]:
    """What is believed of each, held in the order of their ids, with every day counted that has passed."""
    kept = select(AnswerBelief).where(AnswerBelief.answer_id.in_([answer.id for answer, _ in answers]))
    kept = kept.order_by(AnswerBelief.answer_id).with_for_update().execution_options(populate_existing=True)
    rows = {row.answer_id: row for row in session.scalars(kept)}
    first = [adopted(answer, question, now) for answer, question in answers if answer.id not in rows]
    if first:
        # A night may be giving them their first belief at the same time.
        columns = [column.name for column in AnswerBelief.__table__.columns]
        values = [{name: getattr(row, name) for name in columns} for row in first]
        session.execute(insert_into(session, AnswerBelief).on_conflict_do_nothing(), values)
        rows = {row.answer_id: row for row in session.scalars(kept)}
    for answer, question in answers:
        step_to(rows[answer.id], answer, question, day_of(now))
    return rows


def _hear_again(row: AnswerBelief) -> None:
    morning = Belief(row.before_signals, row.pa, row.k, row.t, row.f, row.hb, row.hr, row.views_per_day)
    row.pi = model.heard(morning, row.bad, row.ok).pi


def accepted(session: Session, answer: Answer, question: Question, actor_id: int, reason: str, now: datetime) -> None:
    """Somebody else than its author accepts it: they vouch for it, as one confirmation does. Where the evidence against it is
    stronger it stays due; what had expired can be read again, but past its date until somebody checks it."""
    was = life.catch_up(session, answer, now)
    row = of(session, answer, question, now)
    before = row.pi
    row.ok += ACCEPTANCE - weights.confirmed_with(session, answer, actor_id)
    _hear_again(row)
    doubtful = question.freshness != "plain" and model.is_doubtful(read(row), was != State.FRESH)
    if was == State.EXPIRED or not doubtful:
        life.move(session, answer, Event.ACCEPTED, actor_id, reason, now)
        life.vouch(answer, dates.vouched(read(row), question, now), now)
    if was == State.EXPIRED:
        answer.best_before_at = now
    rank(row, answer, question, now)
    session.add(_event(answer, Happening("accepted", reason, actor_id), before, row.pi, now))


def verified(
    session: Session, answer: Answer, question: Question, found: str, happening: Happening, now: datetime
) -> lifecycle.Deadlines:
    """A verification found it "right", "repaired" (it was wrong and is right now) or "wrong": a new belief, and what its tags
    learn. Returns the dates that follow from it, for who vouches. The verb has not changed `verified_at` yet."""
    row = of(session, answer, question, now)
    before = row.pi
    since = (now - (answer.verified_at or answer.created_at)) / timedelta(days=1)
    if found == "wrong":
        after, learned = model.found_wrong(read(row), TagRate())
    else:
        after, learned = model.verify(read(row), TagRate(), found == "repaired", since)
    write(row, after)
    row.crowd = row.escalated = 0
    row.escalated_at = row.aside_at = None
    of_question = select(QuestionTag.tag_id).where(QuestionTag.question_id == question.id)
    for tag_id in sorted(session.scalars(of_question)):
        learn = {"gone_wrong": Tag.gone_wrong + learned.K, "right_days": Tag.right_days + learned.E}
        session.execute(update(Tag).where(Tag.id == tag_id).values(**learn))
    until = dates.vouched(after, question, now)
    event = _event(answer, happening, before, row.pi, now)
    event.best_before_at = now if found == "wrong" else until.best_before
    session.add(event)
    return until


def restored(session: Session, answer: Answer, question: Question, happening: Happening, now: datetime) -> None:
    """A moderator brought it back, or changed what its tags ask: the belief stays, its place in the queue is found anew."""
    row = of(session, answer, question, now)
    rank(row, answer, question, now)
    session.add(_event(answer, happening, row.pi, row.pi, now))


def tell(session: Session, answer: Answer, row: AnswerBelief, happening: Happening, now: datetime) -> None:
    """Write into the answer's history what moved neither its belief nor its dates."""
    session.add(_event(answer, happening, row.pi, row.pi, now))


def _follow(
    session: Session,
    answer: Answer,
    question: Question,
    row: AnswerBelief,
    happening: Happening,
    before: float,
    now: datetime,
) -> None:
    """Let the dates follow the belief, and the question's lead the dates."""
    moved = _move(session, answer, question, row, happening, now)
    session.add(_event(answer, happening, before, row.pi, now))
    if moved:
        lead.refresh(session, question, now)
    if answer.archived_at is None:
        reach.changed(session, question, now, lists=moved)


def _move(
    session: Session,
    answer: Answer,
    question: Question,
    row: AnswerBelief,
    happening: Happening,
    now: datetime,
    *,
    spread_days: int | None = None,
) -> bool:
    """Let the dates follow the belief, tell who has to hear of a move, find its place in the queue; returns whether dates
    moved."""
    was, moved = State(answer.state), False
    if was != State.ARCHIVED:
        standing = Standing(answer.fresh_from, answer.best_before_at, answer.expires_at)
        if spread_days is None:
            wanted = dates.settle(read(row), question, standing, was, now)
            if was == State.EXPIRED and wanted.expires > now and _confirmers(session, answer) < CONFIRMERS_TO_REVIVE:
                wanted = lifecycle.Deadlines(answer.best_before_at, answer.expires_at)
        else:
            wanted = dates.at_night(read(row), question, standing, answer.id, spread_days, now)
        moved = (wanted.best_before, wanted.expires) != (answer.best_before_at, answer.expires_at)
        life.follow_evidence(session, answer, wanted, happening.reason or happening.kind, now, actor_id=happening.actor_id)
    rank(row, answer, question, now)
    return moved


def _keep_all(session: Session, events: Sequence[BeliefEvent]) -> None:
    """Many events in one statement; nobody needs their numbers."""
    columns = [column.name for column in BeliefEvent.__table__.columns if column.name != "id"]
    if events:
        rows = [{name: getattr(event, name) for name in columns} for event in events]
        session.connection().execute(insert(BeliefEvent.__table__), rows)  # type: ignore[arg-type]  # a table, though declared as any FROM clause


def _confirmers(session: Session, answer: Answer) -> int:
    """How many accounts that are not new say in this round that it works."""
    said = (Signal.answer_id == answer.id, Signal.round == answer.round, Signal.kind == "works")
    accounts = (Signal.user_id.is_not(None), Signal.untried.is_(False))
    return session.execute(select(func.count()).where(*said, *accounts)).scalar_one()


def _event(answer: Answer, happening: Happening, before: float, after: float, now: datetime) -> BeliefEvent:
    return BeliefEvent(
        answer_id=answer.id,
        at=now,
        kind=happening.kind,
        before=before,
        after=after,
        best_before_at=answer.best_before_at,
        reason=happening.reason,
        actor_id=happening.actor_id,
        release_id=happening.release_id,
        verification_id=happening.verification_id,
    )
