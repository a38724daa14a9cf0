"""Of the health page: the blind audit, and tags that are run without dates against all others."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.db import UTCDateTime
from community.freshness import audit, health
from community.freshness.beliefs import day_of
from community.freshness.health import Audit, Difference, Estimate, Rate
from community.lifecycle import State
from community.models import Answer, Arm, Assignment, QuestionTag, Tag, Transition, Verification
from community.queries.addresses import tag_url

MOST_AUDITS = 20_000
MOST_ARMS = 40
FOUND = ("fresh", "due", "expired", "none")
"""What a reader can find, in the order in which it is shown."""
JUDGED = ("right", "repaired", "wrong")
"""Outcomes of a check that decide; "wrong" and "repaired" found it wrong."""
_SINCE = bindparam("since", type_=UTCDateTime())

Views = Mapping[tuple[date, str, bool], int]
"""By day, what was found, and whether in a permanent arm."""


@dataclass(frozen=True, slots=True)
class ArmSide:
    """One side of the comparison."""

    words: str
    views: int
    current: float
    """Per cent of its views that found a current answer."""
    audit: Audit
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class Arms:
    """Tags that are or were run without dates, against everything else of that time."""

    tags: tuple[tuple[str, str, datetime, datetime | None, datetime | None], ...]
    """(name, address, from, until when it is meant to last, when it ended)"""
    sides: tuple[ArmSide, ArmSide] | None
    difference: Difference | None
    missing: int
    """Audits that are missing to see a difference of `health.TO_SEE`."""


@dataclass(frozen=True, slots=True)
class Audited:
    """A finished blind audit."""

    at: datetime
    was: str
    is_wrong: bool
    tag_ids: frozenset[int]


# --- the blind audit ------------------------------------------------------------------------------------------------------


def audits() -> Select[*tuple[Any, ...]]:
    """The latest blind audits that came to a verdict: what the answer was to a reader when it was drawn, and its tags."""
    was = (
        select(Transition.to_state)
        .where(Transition.answer_id == Assignment.answer_id, Transition.at <= Assignment.taken_at)
        .order_by(Transition.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    done = (
        select(Assignment.id, Assignment.answer_id, Assignment.done_at, Assignment.outcome, was.label("was"))
        .outerjoin(Verification, Verification.id == Assignment.verification_id)
        .where(
            Assignment.purpose == "audit",
            Assignment.done_at >= _SINCE,
            Assignment.outcome.in_(JUDGED),
            Verification.undone_at.is_(None),
        )
        .order_by(Assignment.done_at.desc())
        .limit(MOST_AUDITS)
        .subquery()
    )
    return (
        select(done.c.id, done.c.done_at, done.c.outcome, done.c.was, QuestionTag.tag_id)
        .join(Answer, Answer.id == done.c.answer_id)
        .outerjoin(QuestionTag, QuestionTag.question_id == Answer.question_id)
    )


def audited(session: Session, since: datetime) -> Sequence[Audited]:
    """The audits finished since then; one statement."""
    tags: dict[int, set[int]] = defaultdict(set)
    rows = {}
    for row in session.execute(audits(), {"since": since}):
        rows[row.id] = row
        if row.tag_id is not None:
            tags[row.id].add(row.tag_id)
    return [
        Audited(row.done_at, row.was or State.FRESH, row.outcome != "right", frozenset(tags[row.id])) for row in rows.values()
    ]


def total(audited: Iterable[Audited]) -> Audit:
    """How many, and how many of them were wrong."""
    found = list(audited)
    return Audit(len(found), sum(one.is_wrong for one in found))


def learned(assumed: Rate, known: audit.Rate) -> tuple[Rate, int]:
    """What is known of verifiers after their known items, and how many those were."""
    return assumed.after(known.hits, known.of - known.hits), known.of


# --- arms -----------------------------------------------------------------------------------------------------------------


def arms() -> Select[*tuple[Any, ...]]:
    """Arms that are open or ended since then, the latest first."""
    return (
        select(Arm.tag_id, Arm.began_at, Arm.ended_at, Tag.name, Tag.permanent_until)
        .join(Tag, Tag.id == Arm.tag_id)
        .where((Arm.ended_at.is_(None)) | (Arm.ended_at >= _SINCE))
        .order_by(Arm.id.desc())
        .limit(MOST_ARMS)
    )


def compare(arms: Sequence[Any], views: Views, audited: Sequence[Audited], sensitivity: Rate, specificity: Rate) -> Arms:
    """What was under arms alone against the rest, from when the first of them began until the last ended."""
    tags = tuple(
        (arm.name, tag_url(arm.name), arm.began_at, arm.permanent_until if arm.ended_at is None else None, arm.ended_at)
        for arm in arms
    )
    if not arms:
        return Arms((), None, None, 0)
    runs = [(arm.tag_id, arm.began_at, arm.ended_at) for arm in arms]
    mine: list[Audited] = []
    others: list[Audited] = []
    for one in audited:
        running = {tag_id for tag_id, began, ended in runs if began <= one.at and (ended is None or one.at < ended)}
        if one.was == State.FRESH and running:
            # As `community.tags.strictest` has it: an answer is in the arm where all its tags are.
            (mine if one.tag_ids and one.tag_ids <= running else others).append(one)
    days = {
        day
        for day, _found, _permanent in views
        if any(day_of(began) <= day and (ended is None or day <= day_of(ended)) for _, began, ended in runs)
    }
    sides = tuple(
        _side(words, found, is_arm, views, days, sensitivity, specificity)
        for words, found, is_arm in (("without dates", mine, True), ("all others", others, False))
    )
    both = (sides[0].audit, sides[1].audit)
    return Arms(
        tags,
        (sides[0], sides[1]),
        health.difference(*both, sensitivity, specificity),
        health.missing(*both, sensitivity, specificity),
    )


def _side(
    words: str, audited: list[Audited], is_arm: bool, views: Views, days: set[date], sensitivity: Rate, specificity: Rate
) -> ArmSide:
    seen = {found: sum(views.get((day, found, is_arm), 0) for day in days) for found in FOUND}
    all_views = sum(seen.values())
    audit_of = total(audited)
    return ArmSide(
        words,
        all_views,
        100 * seen["fresh"] / all_views if all_views else 0.0,
        audit_of,
        health.estimate(audit_of, sensitivity, specificity),
    )
