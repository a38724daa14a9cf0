"""Who qualifies as an expert: enough points in the tag, and words about answers that checks found right.

Nobody can verify before they are trusted, so accuracy is measured by what a person says of answers as a reader ("works for me",
"no longer works"), which each verification judges, and, of who verifies elsewhere already, by their blind second checks. At
least JUDGED_AT_LEAST of those have to be judged, and more than ACCURACY of them right.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Select, case, cast, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.db import db, insert_into, transaction
from app.outbox import emit
from community.expertise import standing
from community.expertise.activity import RETURNS_WITHIN
from community.models import Assignment, Expertise, ExpertiseSuggestion, QuestionTag, SignalRecord
from community.moderation import audit
from reputation import ledger
from reputation.models import Entry
from reputation.privileges import current

ACCURACY = 0.8
"""The share of judged words that has to be exceeded."""
JUDGED_AT_LEAST = 5
"""Fewer judged words tell nothing."""
HERE_LATELY = timedelta(days=2)
"""Only who was here lately is looked at: nobody else has earned anything since."""
PEOPLE_A_RUN = 500
"""How many people one run looks at."""
REJECTED_FOR = timedelta(days=180)
"""How long nobody is suggested again for a tag that a moderator refused them; what a moderator ended is never suggested."""

POINTS = func.coalesce(func.sum(Entry.delta), 0)


@dataclass(frozen=True, slots=True)
class Record:
    """How many of a person's words about answers checks judged, and how many of them were right."""

    judged: int
    right: int

    @property
    def qualifies(self) -> bool:
        return self.judged >= JUDGED_AT_LEAST and self.right > ACCURACY * self.judged


def points_by_tag(user_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    """(person, tag, points): what they earned with answers, by the tags of the questions. A tag that somebody put on a question
    themselves brings them nothing."""
    return (
        select(Entry.user_id, QuestionTag.tag_id, POINTS.label("points"))
        .join(QuestionTag, QuestionTag.question_id == Entry.question_id)
        .where(Entry.user_id.in_(user_ids), Entry.answer_id.is_not(None))
        .where(or_(QuestionTag.added_by_id.is_(None), QuestionTag.added_by_id != Entry.user_id))
        .group_by(Entry.user_id, QuestionTag.tag_id)
    )


def record_of(session: Session, user_ids: Collection[int]) -> dict[int, Record]:
    """The records of several people; who has none is missing. Two statements."""
    found: dict[int, Record] = {}
    words = select(SignalRecord.user_id, SignalRecord.right, SignalRecord.wrong).where(SignalRecord.user_id.in_(user_ids))
    for row in session.execute(words):
        found[row.user_id] = Record(row.right + row.wrong, row.right)
    missed = cast(func.sum(case((Assignment.missed.is_(True), 1), else_=0)), Integer)
    checks = (
        select(Assignment.judged_id, func.count().label("judged"), missed.label("missed"))
        .where(Assignment.judged_id.in_(user_ids), Assignment.missed.is_not(None))
        .group_by(Assignment.judged_id)
    )
    for user_id, judged, wrong in session.execute(checks):
        so_far = found.get(user_id or 0, Record(0, 0))
        found[user_id or 0] = Record(so_far.judged + judged, so_far.right + judged - wrong)
    return found


def suggest(now: datetime) -> int:
    """Suggest who has come to qualify, or make them experts at once where the site is set so. Returns how many."""
    session = db.session()
    thresholds = current.thresholds()
    needed = thresholds.needed("verify")
    people = session.scalars(
        select(User.id)
        .where(User.reputation >= needed, User.role == Role.CUSTOMER, User.last_seen_at > now - HERE_LATELY)
        .where(or_(User.suspended_until.is_(None), User.suspended_until <= now), User.email_confirmed_at.is_not(None))
        .order_by(User.reputation.desc(), User.id)
        .limit(PEOPLE_A_RUN)
    ).all()
    records = {user_id: record for user_id, record in record_of(session, people).items() if record.qualifies}
    earned = session.execute(points_by_tag(list(records)).having(max(1, needed) <= POINTS)).all() if records else []
    session.rollback()
    wanted = [(row.user_id, row.tag_id, row.points, records[row.user_id]) for row in earned]
    return _enter(wanted, thresholds.automatic, now)


def _enter(wanted: Iterable[tuple[int, int, int, Record]], automatic: bool, now: datetime) -> int:
    entered = 0
    for user_id, tag_id, points, record in sorted(wanted, key=lambda one: one[:2]):
        with transaction() as session:
            ledger.lock_people(session, [user_id])
            if _is_settled(session, user_id, tag_id, now):
                continue
            row = insert_into(session, ExpertiseSuggestion).values(
                user_id=user_id,
                tag_id=tag_id,
                points=points,
                judged=record.judged,
                right=record.right,
                at=now,
                outcome="automatic" if automatic else None,
                decided_at=now if automatic else None,
                reason="",
            )
            new = session.execute(row.on_conflict_do_nothing().returning(ExpertiseSuggestion.id)).scalar()
            if new is None:
                continue
            entered += 1
            if automatic:
                standing.give(session, user_id, tag_id, None, now)
                audit.record(session, None, "expertise.granted", now, user_id=user_id, tag_id=tag_id, points=points)
                emit(session, "expertise.granted", now, suggestion_id=new)
    return entered


def _is_settled(session: Session, user_id: int, tag_id: int, now: datetime) -> bool:
    """Whether there is nothing to suggest: it stands or comes back with use, or a moderator has refused or ended it."""
    stands = select(Expertise.user_id).where(
        Expertise.user_id == user_id, Expertise.tag_id == tag_id, Expertise.expires_at > now - RETURNS_WITHIN
    )
    said = select(ExpertiseSuggestion.id).where(
        ExpertiseSuggestion.user_id == user_id,
        ExpertiseSuggestion.tag_id == tag_id,
        or_(
            ExpertiseSuggestion.outcome.is_(None),
            ExpertiseSuggestion.outcome == "withdrawn",
            (ExpertiseSuggestion.outcome == "rejected") & (ExpertiseSuggestion.decided_at > now - REJECTED_FOR),
        ),
    )
    return session.execute(stands).first() is not None or session.execute(said.limit(1)).first() is not None
