"""Taking a verdict back within its first minute, as if it had never been given.

Before a verdict changes anything, what it may change is written down; after it, what the answer looks like then. The undo puts
the former back if the answer still looks like the latter, so it never tramples on what others did meanwhile. What was written
down stays: blind second checks and known items show an answer as it stood before a check (`community.freshness.audit`).
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Date, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import Base, UTCDateTime, transaction
from app.errors import Conflict, NotFound
from app.pages import person_key, touch
from app.rendering import RENDERER_VERSION
from community import lead, reach, texts
from community.freshness import assignments, beliefs, life, verifiers, weights
from community.freshness import belief as model
from community.freshness.belief import TagRate
from community.freshness.beliefs import read
from community.lifecycle import State
from community.models import (
    Answer,
    AnswerBelief,
    Assignment,
    BeliefEvent,
    Question,
    QuestionTag,
    Revision,
    Tag,
    Transition,
    Undo,
    Verification,
)
from community.texts import html_of
from reputation import ledger
from reputation.models import Entry

UNDO_FOR = timedelta(minutes=1)
"""For so long a verdict can be taken back, and for so long nobody is told of it."""

ANSWER = (
    *("state", "state_reason", "fresh_from", "best_before_at", "expires_at", "verified_at", "verified_by_id", "verified_on"),
    *("round", "works_count", "broken_count", "check_count", "revision_count", "edited_at", "edited_by_id", "reworked_at"),
)
"""The columns of an answer that a verdict can change, beside its text, which its revisions keep."""
_BELIEF = tuple(column.key for column in AnswerBelief.__table__.columns if column.key != "answer_id")

Kept = dict[str, Any]


def before(session: Session, answer: Answer, question: Question, by: User, now: datetime) -> Kept:
    """Inside the verb, before it changes anything: what it may change. The question is held."""
    row = beliefs.of(session, answer, question, now)
    session.flush()
    last = select(func.coalesce(func.max(Entry.id), 0)).where(Entry.answer_id == answer.id)
    return {
        "answer": _plain(answer, ANSWER),
        "belief": _plain(row, _BELIEF),
        "activity_at": question.activity_at.isoformat(),
        "said": [list(word) for word in weights.said(session, answer, but=by.id)],
        "last_entry": session.execute(last).scalar_one(),
    }


def keep(session: Session, stood: Kept, verification: Verification, answer: Answer, question: Question, now: datetime) -> None:
    """Inside the verb, after all it has done: keep what stood before, and what it made of it."""
    session.flush()
    paid = select(Entry.cause).where(Entry.answer_id == answer.id, Entry.id > stood["last_entry"], Entry.reverses_id.is_(None))
    kept = stood | {"causes": list(session.scalars(paid)), "after": _looks(session, answer, question)}
    kept["found"] = verification.verdict if answer.round != stood["answer"]["round"] else ""
    session.add(Undo(verification_id=verification.id, until_at=now + UNDO_FOR, before=kept))


def undo(assignment_id: int, *, by: User, now: datetime) -> None:
    """Take back one's own verdict on an item, within UNDO_FOR; the item is open again, and theirs.

    The answer, its dates, text and belief, what its tags and its readers' records learned, and the points are as before; the
    verification stays, but counts for nothing. Raises NotFound when there is no such verdict, Conflict when the minute is over or
    something else has happened to the answer since.
    """
    with transaction() as session:
        verifiers.require(by, now)
        reach.alone(session, assignments.ALONE)
        found = session.get(Assignment, assignment_id, populate_existing=True)
        if found is None or found.verifier_id != by.id or found.done_at is None or found.outcome not in verifiers.VERDICTS:
            raise NotFound("There is no such check of yours.")
        if now - found.done_at > UNDO_FOR:
            raise Conflict("The minute in which it can be undone is over. Check the answer once more instead.")
        if found.verification_id is not None:
            _take_back(session, found.verification_id, by, now)
        assignments.reopen(session, found, now)


def _take_back(session: Session, verification_id: int, by: User, now: datetime) -> None:
    verification = session.get_one(Verification, verification_id, populate_existing=True)
    answer, question = reach.answer(session, verification.answer_id)
    stood: Kept = session.get_one(Undo, verification_id).before
    if verification.undone_at is not None or _looks(session, answer, question) != stood["after"]:
        raise Conflict("Something else has happened to this answer since, so your check stays. Check it once more instead.")
    verification.undone_at = now
    session.flush()
    beliefs.hold(session, answer.id)
    ledger.reverse(session, stood["causes"], by.id, now)
    touch(session, person_key(by.id))
    if stood["found"]:
        _restore(session, answer, question, verification, stood, by, now)
    reach.changed(session, question, now)


def _restore(
    session: Session, answer: Answer, question: Question, verification: Verification, stood: Kept, by: User, now: datetime
) -> None:
    """Everything that a decisive verdict has changed."""
    row = beliefs.of(session, answer, question, now)
    believed, revisions = row.pi, answer.revision_count
    written = State(answer.state)
    _put(answer, stood["answer"], ANSWER)
    _put(row, stood["belief"], _BELIEF)
    if revisions != answer.revision_count:
        _text_back(session, answer, revisions, by, now)
    said = [(user_id, kind) for user_id, kind in stood["said"]]
    weights.unjudge(session, said, was_wrong=stood["found"] != "right")
    _unlearn(session, question, answer, row, stood["found"], verification.at)
    if question.activity_at == verification.at:
        question.activity_at = datetime.fromisoformat(stood["activity_at"])
    reason = f"{by.name} took the check back"
    life.undone(session, answer, written, by.id, reason, now)
    session.add(
        BeliefEvent(
            answer_id=answer.id,
            at=now,
            kind="undone",
            before=believed,
            after=row.pi,
            best_before_at=answer.best_before_at,
            reason=reason,
            actor_id=by.id,
            verification_id=verification.id,
        )
    )
    lead.refresh(session, question, now)


def _text_back(session: Session, answer: Answer, revisions: int, by: User, now: datetime) -> None:
    """The text before the repair, as the next revision: history is never edited."""
    of_then = select(Revision).where(Revision.answer_id == answer.id, Revision.number == answer.revision_count)
    was = session.scalars(of_then).one()
    fmt: Literal["markdown", "html"] = "html" if was.body_format == "html" else "markdown"
    answer.body_source, answer.body_format = was.body_source, fmt
    answer.body_html, answer.renderer_version = html_of(session, was.body_source, fmt), RENDERER_VERSION
    answer.revision_count = revisions + 1
    texts.keep_revision(session, answer, by, "the repair was taken back", (), now)


def _unlearn(session: Session, question: Question, answer: Answer, row: AnswerBelief, found: str, at: datetime) -> None:
    """Take from the tags what they learned: the same mathematics on the same belief as when they learned it."""
    if found == "wrong":
        _, learned = model.found_wrong(read(row), TagRate())
    else:
        since = (at - (answer.verified_at or answer.created_at)) / timedelta(days=1)
        _, learned = model.verify(read(row), TagRate(), found == "repaired", since)
    for tag_id in sorted(session.scalars(select(QuestionTag.tag_id).where(QuestionTag.question_id == question.id))):
        less = {"gone_wrong": Tag.gone_wrong - learned.K, "right_days": Tag.right_days - learned.E}
        session.execute(update(Tag).where(Tag.id == tag_id).values(**less))


def _looks(session: Session, answer: Answer, question: Question) -> Kept:
    """What tells whether anything has happened to an answer: its counts, the ends of its histories, and
    the question's tags, which have learned from it."""
    session.flush()
    ends = select(
        select(func.max(Transition.id)).where(Transition.answer_id == answer.id).scalar_subquery(),
        select(func.max(BeliefEvent.id)).where(BeliefEvent.answer_id == answer.id).scalar_subquery(),
        select(func.max(Verification.id)).where(Verification.answer_id == answer.id).scalar_subquery(),
    )
    return {
        "ends": list(session.execute(ends).one()),
        "counts": [answer.round, answer.revision_count, answer.works_count, answer.broken_count, answer.check_count],
        "archived": answer.archived_at is not None,
        "accepted": question.accepted_answer_id == answer.id,
        "tags": sorted(session.scalars(select(QuestionTag.tag_id).where(QuestionTag.question_id == question.id))),
    }


def _plain(row: Base, names: Iterable[str]) -> Kept:
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _put(row: Base, kept: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in names:
        setattr(row, name, _value(type(row), name, kept.get(name)))


def _value(table: type[Base], name: str, value: Any) -> Any:  # noqa: ANN401 - a column's value, as JSON and as Python has it
    kind = table.__table__.columns[name].type
    if value is None:
        return None
    if isinstance(kind, UTCDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def stood_before(kept: Kept) -> Kept:
    """The answer's columns as they stood, as Python values."""
    return {name: _value(Answer, name, kept["answer"].get(name)) for name in ANSWER}
