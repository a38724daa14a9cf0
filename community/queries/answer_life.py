"""“Why this date?”: an answer's present standing in words, and its history. Nine statements, however long the history is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from app.accounts.models import User
from app.db import db
from app.errors import Gone, NotFound
from app.pages import TAGS, person_key, question_key
from community import lifecycle, policy
from community.freshness import approval, beliefs
from community.freshness import belief as model
from community.freshness.belief import PARAMETERS, Belief
from community.lifecycle import Event as LifeEvent
from community.lifecycle import State
from community.models import (
    Answer,
    AnswerBelief,
    BeliefEvent,
    Question,
    QuestionTag,
    Release,
    Revision,
    Signal,
    Tag,
    Transition,
    Verification,
)
from community.queries import life_words as words
from community.queries.addresses import answer_url
from community.queries.answer_history import OF_READERS, Step, history
from community.queries.question_view import LIFE_WORDS, UNNAMED
from community.queries.shared import Freshness, Person, freshness, person

Record = Row[Any]

MOST_STEPS = 400
"""Events, steps and texts of one answer that are told, of each the newest."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another answer: what took this one's place, or whose place this one took."""

    url: str
    words: str


@dataclass(frozen=True, slots=True)
class LifePage:
    """Everything the page shows."""

    answer_id: int
    question_title: str
    url: str
    author: Person | None
    freshness: Freshness
    why: tuple[str, ...]
    """The date explained, a sentence each."""
    facts: tuple[tuple[str, str], ...]
    """What it rests on: name and words."""
    numbers: tuple[tuple[str, str, str], ...]
    """The mathematics: sign, what it is, its value today."""
    steps: tuple[Step, ...]
    """The history, the newest first."""
    is_cut: bool
    """Older steps were left out."""
    successor: Elsewhere | None
    predecessors: tuple[Elsewhere, ...]
    depends_on: frozenset[str]
    valid_until: datetime


def answer_life(answer_id: int, viewer: User | None, now: datetime) -> LifePage:
    """The page. Raises NotFound, and Gone for a removed answer unless moderators look."""
    database = db.session.connection()
    answer, question, row = _answer(answer_id, viewer, now)
    believed = _today(row or beliefs.adopted(answer, question, now), question.change_rate, now)
    tags = database.execute(_tags(question.id)).all()
    events = database.execute(_events(answer_id)).all()[::-1]
    transitions = database.execute(_transitions(answer_id)).all()[::-1]
    revisions = database.execute(_revisions(answer_id)).all()
    said = words.Said.of(database.execute(_said(answer)).all())
    others = database.execute(_others(answer)).all()
    people = _people(database, answer, events, transitions, revisions)
    archived = answer.archived_at is not None
    checked_by = people.get(answer.verified_by_id or 0)
    standing = words.Standing(answer, question, believed, tuple(tags), said, checked_by, row, now)
    late = [_unwritten(event, at) for event, at in _by_the_clock(answer, now)]
    told = history(events, transitions, revisions, people, None if archived else believed.pi, now)
    return LifePage(
        answer_id=answer_id,
        question_title=question.title,
        url=answer_url(question.id, question.title, answer_id),
        author=people.get(answer.author_id),
        freshness=_freshness(answer, checked_by, now),
        why=tuple(words.why(standing)),
        facts=tuple(words.facts(standing, events)),
        numbers=_numbers(believed, question.change_rate),
        steps=tuple(sorted([*told, *late], key=lambda step: step.at, reverse=True)),
        is_cut=MOST_STEPS in (len(events), len(transitions), len(revisions)),
        successor=next((_elsewhere(other) for other in others if archived and other.id == answer.successor_id), None),
        predecessors=tuple(_elsewhere(other, stay=True) for other in others if other.successor_id == answer_id),
        depends_on=frozenset(
            (question_key(question.id), TAGS, *map(person_key, people), *(question_key(other.question_id) for other in others))
        ),
        valid_until=_until(answer, now),
    )


def _answer(answer_id: int, viewer: User | None, now: datetime) -> tuple[Answer, Question, AnswerBelief | None]:
    found = db.session.execute(
        select(Answer, Question, AnswerBelief)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(AnswerBelief, AnswerBelief.answer_id == Answer.id)
        .where(Answer.id == answer_id)
    ).first()
    if found is None:
        raise NotFound("There is no such answer.")
    answer, question, row = found
    removed = answer.removed_at is not None or question.removed_at is not None
    if removed and not policy.can(viewer, "see_removed", None, now):
        raise Gone("This answer has been removed.")
    return answer, question, row


def _today(row: AnswerBelief, lam: float, now: datetime) -> Belief:
    """What is believed today, whether or not the night has counted it yet."""
    belief = beliefs.read(row)
    for _ in range(max(0, min((beliefs.day_of(now) - row.day).days, beliefs.MOST_NIGHTS))):
        belief = model.aged(belief, lam)
    return belief


def _tags(question_id: int) -> Any:  # noqa: ANN401 - a select of several columns
    return (
        select(Tag.name, Tag.change_rate, Tag.learned_at, Tag.freshness)
        .join(QuestionTag, QuestionTag.tag_id == Tag.id)
        .where(QuestionTag.question_id == question_id)
        .order_by(QuestionTag.position)
    )


def _events(answer_id: int) -> Any:  # noqa: ANN401 - as above
    return (
        select(
            *(BeliefEvent.id, BeliefEvent.at, BeliefEvent.kind, BeliefEvent.before, BeliefEvent.after),
            *(BeliefEvent.best_before_at, BeliefEvent.reason, BeliefEvent.actor_id),
            Release.name.label("release_name"),
            Verification.release.label("checked_on"),
            *(Verification.evidence, Verification.note),
        )
        .outerjoin(Release, Release.id == BeliefEvent.release_id)
        .outerjoin(Verification, Verification.id == BeliefEvent.verification_id)
        .where(BeliefEvent.answer_id == answer_id)
        .order_by(BeliefEvent.id.desc())
        .limit(MOST_STEPS)
    )


def _transitions(answer_id: int) -> Any:  # noqa: ANN401 - as above
    return (
        select(
            *(Transition.id, Transition.to_state, Transition.event, Transition.actor_id),
            *(Transition.reason, Transition.release, Transition.at),
        )
        .where(Transition.answer_id == answer_id)
        .order_by(Transition.id.desc())
        .limit(MOST_STEPS)
    )


def _revisions(answer_id: int) -> Any:  # noqa: ANN401 - as above
    return (
        select(Revision.answer_id, Revision.number, Revision.author_id, Revision.summary, Revision.at)
        .where(Revision.answer_id == answer_id)
        .order_by(Revision.number.desc())
        .limit(MOST_STEPS)
    )


def _said(answer: Answer) -> Any:  # noqa: ANN401 - as above
    is_link = Signal.link_id.is_not(None)
    return (
        select(Signal.kind, is_link.label("is_link"), func.count().label("many"))
        .where(Signal.answer_id == answer.id, Signal.round == answer.round)
        .group_by(Signal.kind, is_link)
    )


def _others(answer: Answer) -> Any:  # noqa: ANN401 - as above
    """What took its place, and whose place it took."""
    return (
        select(Answer.id, Answer.successor_id, Answer.question_id, Question.title, User.name)
        .join(Question, Question.id == Answer.question_id)
        .join(User, User.id == Answer.author_id)
        .where(
            or_(Answer.successor_id == answer.id, Answer.id == (answer.successor_id or 0)),
            Answer.removed_at.is_(None),
            Question.removed_at.is_(None),
        )
        .order_by(Answer.id)
    )


def _people(
    database: Connection,
    answer: Answer,
    events: Sequence[Record],
    transitions: Sequence[Record],
    revisions: Sequence[Record],
) -> dict[int, Person]:
    """Everybody the page names; readers are not among them."""
    named = {answer.author_id, answer.verified_by_id}
    named.update(event.actor_id for event in events if event.kind not in OF_READERS)
    named.update(step.actor_id for step in transitions if step.event not in UNNAMED)
    named.update(row.author_id for row in revisions)
    columns = select(User.id, User.name, User.avatar_url, User.role)
    rows = database.execute(columns.where(User.id.in_(sorted(one for one in named if one is not None))))
    return {row.id: person(row.id, row.name, row.avatar_url, row.role) for row in rows}


def _freshness(answer: Answer, checked_by: Person | None, now: datetime) -> Freshness:
    return freshness(
        answer.fresh_from,
        answer.best_before_at,
        answer.expires_at,
        answer.archived_at,
        now,
        written_state=answer.state,
        written_reason=answer.state_reason,
        checked_by=checked_by,
        checked_at=answer.verified_at,
        checked_on=answer.verified_on,
        broken=answer.broken_count,
        updated_at=approval.waiting_since(answer, now),
    )


def _by_the_clock(answer: Answer, now: datetime) -> list[tuple[LifeEvent, datetime]]:
    """What the clock has done that no sweep has written down yet."""
    written, done = State(answer.state), []
    if written == State.FRESH and now >= answer.best_before_at:
        done.append((LifeEvent.BEST_BEFORE_REACHED, answer.best_before_at))
    if written in (State.FRESH, State.DUE) and now >= answer.expires_at:
        done.append((LifeEvent.GRACE_ENDED, answer.expires_at))
    return done


def _unwritten(event: LifeEvent, at: datetime) -> Step:
    state = State.DUE if event == LifeEvent.BEST_BEFORE_REACHED else State.EXPIRED
    return Step(at, LIFE_WORDS[event], state=state)


def _elsewhere(other: Record, *, stay: bool = False) -> Elsewhere:
    url = f"/answers/{other.id}?stay=1" if stay else f"/answers/{other.id}"
    return Elsewhere(url, f"the answer by {other.name} to “{other.title}”")


def _numbers(belief: Belief, lam: float) -> tuple[tuple[str, str, str], ...]:
    h = model.hazard(belief, lam)
    return (
        ("pi", "how likely it is wrong today", f"{belief.pi:.4f}"),
        ("pa", "the same without what readers say", f"{belief.pa:.4f}"),
        ("λ", "how fast answers under its tags go wrong, a day", f"{lam:.6f}"),
        ("h", "how fast this one does, a day: (A + k) / (A/λ + T + F)", f"{h:.6f}"),
        ("k", "how often it was found gone wrong", f"{belief.k:.2f}"),
        ("T", "days it was right, up to the last check", f"{belief.T:.1f}"),
        ("F", "days it was right since, as believed", f"{belief.F:.1f}"),
        ("hb, hr", "hazard since the last check, by age and by releases", f"{belief.hb:.3f}, {belief.hr:.3f}"),
        ("q", "what a day adds: pi + (1 − pi)(1 − e⁻ʰ)", f"{-math.expm1(-h):.5f}"),
        ("WARN", "past its date from here", f"{PARAMETERS.WARN:.4f}"),
        ("EXPIRE, GUARD", "expired from here, where pa is over GUARD", f"{PARAMETERS.EXPIRE}, {PARAMETERS.GUARD}"),
        ("HYS", "a level passed is left below this share of it", f"{PARAMETERS.HYS}"),
    )


def _until(answer: Answer, now: datetime) -> datetime:
    """The page changes with the day, and with the answer's state."""
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)
    change = lifecycle.next_change(answer.best_before_at, answer.expires_at, answer.archived_at, now)
    return min(midnight, change) if change is not None else midnight
