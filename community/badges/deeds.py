"""Where the deeds that badges count are found: one statement per measure, for the people and the questions it is asked about.

A deed is a row: the person, when it was done, what tells it from the person's other deeds, and the post it is about. What is
removed does not count, nor what anybody says of their own, nor what was found to be arranged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from community.freshness.finds import taken_back
from community.lifecycle import State
from community.models import Acceptance, Answer, Question, QuestionTag, Signal, Tag, Transition, Verification, Vote
from reputation.models import Entry

GOOD_VERDICTS = ("right", "repaired")


@dataclass(frozen=True)
class Deeds:
    """The statement of a measure, and the columns that narrow it. Its rows: user_id, at, ref, question_id, answer_id, about."""

    query: Select[*tuple[Any, ...]]
    person: ColumnElement[int]
    question: ColumnElement[int]
    of_many: bool = False
    """A deed is made of several posts, so its statement cannot be narrowed to the questions of some; who has a part in it can."""


def _rows(
    person: Any,  # noqa: ANN401 - any expression of a column
    at: Any,  # noqa: ANN401 - as above
    ref: ColumnElement[str],
    question: Any,  # noqa: ANN401 - as above
    answer: Any,  # noqa: ANN401 - as above
    about: Any = None,  # noqa: ANN401 - as above
) -> Select[*tuple[Any, ...]]:
    return select(
        person.label("user_id"),
        at.label("at"),
        ref.label("ref"),
        question.label("question_id"),
        answer.label("answer_id"),
        (literal("", Text) if about is None else about).label("about"),
    )


def _ref(kind: str, number: Any) -> ColumnElement[str]:  # noqa: ANN401 - any expression of a column
    return literal(f"{kind}:", Text) + cast(number, String)


_NOTHING = cast(null(), Integer)
_STANDING = (Answer.removed_at.is_(None), Question.removed_at.is_(None))


def _last_vote(on: ColumnElement[bool]) -> ColumnElement[Any]:
    """When the last standing vote up came: the one that brought the score where it is."""
    return (
        select(func.max(Vote.at))
        .where(on, Vote.value == 1, Vote.withdrawn_at.is_(None), Vote.discounted_at.is_(None))
        .scalar_subquery()
    )


def _upvoted_answers(least: int) -> Deeds:
    at = func.coalesce(_last_vote(Vote.answer_id == Answer.id), Answer.created_at)
    query = (
        _rows(Answer.author_id, at, _ref("answer", Answer.id), Answer.question_id, Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .where(*_STANDING, Answer.score >= max(least, 1))
    )
    return Deeds(query, _column(Answer.author_id), _column(Answer.question_id))


def _upvoted_questions(least: int) -> Deeds:
    at = func.coalesce(_last_vote(Vote.question_id == Question.id), Question.created_at)
    query = _rows(Question.author_id, at, _ref("question", Question.id), Question.id, _NOTHING).where(
        Question.removed_at.is_(None), Question.score >= max(least, 1)
    )
    return Deeds(query, _column(Question.author_id), _column(Question.id))


_COUNTS = (Acceptance.withdrawn_at.is_(None), Acceptance.discounted_at.is_(None))
"""Of an acceptance: it was neither withdrawn nor arranged."""
_ACCEPTED = and_(
    *_COUNTS,
    Question.author_id != Answer.author_id,
    or_(Acceptance.by_id.is_(None), Acceptance.by_id != Answer.author_id),
    *_STANDING,
)
"""An acceptance that stands, of somebody else's answer, by somebody else. Needs all three tables."""


def _is_accepted() -> ColumnElement[bool]:
    """Of an answer: somebody else has accepted it, and that stands."""
    by_another = or_(Acceptance.by_id.is_(None), Acceptance.by_id != Answer.author_id)
    return exists().where(Acceptance.answer_id == Answer.id, *_COUNTS, by_another)


def _of_acceptances(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(Answer)
        .join(Acceptance, Acceptance.answer_id == Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .where(_ACCEPTED)
    )


def _accepted_answers(_least: int) -> Deeds:
    query = _rows(Answer.author_id, Acceptance.at, _ref("answer", Answer.id), Answer.question_id, Answer.id)
    return Deeds(_of_acceptances(query), _column(Answer.author_id), _column(Answer.question_id))


def _thanked_helpers(_least: int) -> Deeds:
    query = _rows(Question.author_id, Acceptance.at, _ref("answer", Answer.id), Question.id, Answer.id)
    asked = or_(Acceptance.by_id.is_(None), Acceptance.by_id == Question.author_id)
    return Deeds(
        query.select_from(Question)
        .join(Acceptance, Acceptance.question_id == Question.id)
        .join(Answer, Answer.id == Acceptance.answer_id)
        .where(_ACCEPTED, asked),
        _column(Question.author_id),
        _column(Question.id),
    )


def _tags_helped(least: int) -> Deeds:
    """One deed per tag, where `least` answers under it were accepted. What is still under a tag that is being merged counts for
    the one it becomes."""
    becomes = aliased(Tag)
    query = _of_acceptances(
        _rows(Answer.author_id, func.max(Acceptance.at), _ref("tag", becomes.id), _NOTHING, _NOTHING, func.max(becomes.name))
    )
    query = (
        query.join(QuestionTag, QuestionTag.question_id == Question.id)
        .join(Tag, Tag.id == QuestionTag.tag_id)
        .join(becomes, becomes.id == func.coalesce(Tag.merged_into_id, Tag.id))
        .group_by(Answer.author_id, becomes.id)
        .having(func.count(Answer.id.distinct()) >= max(least, 1))
    )
    return Deeds(query, _column(Answer.author_id), _column(Answer.question_id), of_many=True)


def _newcomers_welcomed(_least: int) -> Deeds:
    """The first answer by somebody else to somebody's first question, accepted or voted up: one deed per newcomer."""
    earlier_question, earlier_answer = aliased(Question), aliased(Answer)
    is_first_question = ~exists().where(
        earlier_question.author_id == Question.author_id,
        or_(
            earlier_question.created_at < Question.created_at,
            and_(earlier_question.created_at == Question.created_at, earlier_question.id < Question.id),
        ),
    )
    is_first_answer = ~exists().where(
        earlier_answer.question_id == Question.id,
        earlier_answer.id < Answer.id,
        earlier_answer.author_id != Question.author_id,
        earlier_answer.removed_at.is_(None),
    )
    accepted_at = (
        select(func.max(Acceptance.at))
        .where(
            Acceptance.answer_id == Answer.id,
            *_COUNTS,
            or_(Acceptance.by_id.is_(None), Acceptance.by_id != Answer.author_id),
        )
        .scalar_subquery()
    )
    at = func.coalesce(accepted_at, _last_vote(Vote.answer_id == Answer.id), Answer.created_at)
    query = (
        _rows(Answer.author_id, at, _ref("newcomer", Question.author_id), Question.id, Answer.id)
        .select_from(Answer)
        .join(Question, Question.id == Answer.question_id)
        .where(
            *_STANDING,
            Answer.author_id != Question.author_id,
            or_(Answer.score >= 1, accepted_at.is_not(None)),
            is_first_question,
            is_first_answer,
        )
    )
    return Deeds(query, _column(Answer.author_id), _column(Question.id))


def _paid(reason: str) -> Callable[[int], Deeds]:
    """What the ledger pays once somebody else has confirmed it: one deed per answer, whatever is paid for it later."""

    def deeds(_least: int) -> Deeds:
        query = (
            _rows(
                Entry.user_id, func.min(Entry.at), _ref("answer", Entry.answer_id), func.min(Entry.question_id), Entry.answer_id
            )
            .where(Entry.reason == reason, Entry.answer_id.is_not(None), ~taken_back())
            .group_by(Entry.user_id, Entry.answer_id)
        )
        return Deeds(query, _column(Entry.user_id), _column(Entry.question_id))

    return deeds


def _steps(_least: int) -> Deeds:
    """Not the years yet but what they are reckoned from (`community.badges.years`): every step of the lives of accepted answers,
    in order, with the event in `about`."""
    query = (
        _rows(Answer.author_id, Transition.at, _ref("answer", Answer.id), Answer.question_id, Answer.id, Transition.event)
        .add_columns(Transition.to_state.label("state"))
        .select_from(Answer)
        .join(Transition, Transition.answer_id == Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .where(*_STANDING, Question.author_id != Answer.author_id, _is_accepted())
        .order_by(Answer.id, Transition.id)
    )
    return Deeds(query, _column(Answer.author_id), _column(Answer.question_id))


def _rescues(_least: int) -> Deeds:
    """A check that made an expired answer current, and that somebody else has borne out since: it works for a reader, or the next
    check found it right too. One deed per answer and rescuer."""
    later = aliased(Verification)
    works = exists().where(
        Signal.answer_id == Answer.id,
        Signal.kind == "works",
        Signal.at > Verification.at,
        Signal.user_id.is_not(None),
        Signal.user_id.not_in((Verification.verifier_id, Answer.author_id)),
    )
    found_right = exists().where(
        later.answer_id == Answer.id,
        later.verdict == "right",
        later.at > Verification.at,
        later.verifier_id != Verification.verifier_id,
        later.undone_at.is_(None),
    )
    query = (
        _rows(
            Verification.verifier_id,
            func.min(Verification.at),
            _ref("answer", Answer.id),
            func.min(Answer.question_id),
            Answer.id,
        )
        .select_from(Verification)
        .join(Answer, Answer.id == Verification.answer_id)
        .join(Question, Question.id == Answer.question_id)
        .join(Transition, and_(Transition.answer_id == Verification.answer_id, Transition.at == Verification.at))
        .where(
            *_STANDING,
            Verification.verdict.in_(GOOD_VERDICTS),
            Verification.undone_at.is_(None),
            Verification.verifier_id != Answer.author_id,
            Transition.from_state == State.EXPIRED,
            Transition.to_state.in_((State.FRESH, State.DUE)),
            Transition.actor_id == Verification.verifier_id,
            or_(works, found_right),
        )
        .group_by(Verification.verifier_id, Answer.id)
    )
    return Deeds(query, _column(Verification.verifier_id), _column(Answer.question_id))


def _successors(_least: int) -> Deeds:
    """An answer that somebody's archived answer leads on to, where others have accepted it or voted it up."""
    archived = aliased(Answer)
    takes_a_place = exists().where(
        archived.successor_id == Answer.id, archived.archived_at.is_not(None), archived.author_id != Answer.author_id
    )
    query = (
        _rows(Answer.author_id, Answer.created_at, _ref("answer", Answer.id), Answer.question_id, Answer.id)
        .select_from(Answer)
        .join(Question, Question.id == Answer.question_id)
        .where(*_STANDING, takes_a_place, or_(Answer.score >= 1, _is_accepted()))
    )
    return Deeds(query, _column(Answer.author_id), _column(Answer.question_id))


def _column(column: Any) -> ColumnElement[int]:  # noqa: ANN401 - an attribute of a model, or an expression
    found: ColumnElement[int] = column
    return found


DEEDS: Mapping[str, Callable[[int], Deeds]] = MappingProxyType(
    {
        "upvoted_answers": _upvoted_answers,
        "upvoted_questions": _upvoted_questions,
        "accepted_answers": _accepted_answers,
        "thanked_helpers": _thanked_helpers,
        "tags_helped": _tags_helped,
        "tags_mastered": _tags_helped,
        "newcomers_welcomed": _newcomers_welcomed,
        "finds": _paid("wrong_found"),
        "repairs": _paid("answer_repaired"),
        "reports": _paid("report_confirmed"),
        "kept_answers": _paid("kept_current"),
        "kept_years": _steps,
        "rescues": _rescues,
        "successors": _successors,
    }
)
"""Measure → the statement of its deeds, of posts with a score (or tags with so many answers) of at least the number given."""
