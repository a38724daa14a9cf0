"""What a release of each size does to answers: a named guess, corrected by what verifications found after earlier ones.

An answer counts for a release by the first decisive verification after the release was applied to it, unless another release came
in between. Left out: what was wrong already before the release, and that verifiers look first where most is in doubt; both make
the estimate too high rather than too low. What nobody has checked yet is not counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Select, and_, case, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.db import db, transaction
from app.pages import RELEASES, touch
from community.models import BeliefEvent, Release, Verification

KAPPA: Mapping[str, float] = MappingProxyType({"small": 0.05, "medium": 0.2, "large": 0.5})
"""The chance that a release of this size makes a right answer wrong, as long as nothing was checked after one."""
PRIOR_WEIGHT = 10.0
"""How many checks' worth the guess is (a Beta prior with its mean there)."""
COUNTED_FOR = timedelta(days=400)
"""A release's checks are counted for so long after its day."""
UNDO_SLACK = timedelta(minutes=5)
"""A check can be taken back this lately, so it is counted once more after that."""
DECISIVE = ("right", "repaired", "wrong")
"""Kinds of events that settle whether an answer was right."""


@dataclass(frozen=True)
class Estimate:
    """What is known of releases of one size."""

    impact: str
    kappa: float
    """The mean of the Beta posterior, 0 to 1."""
    checked: int
    wrong: int


def estimates(session: Session) -> dict[str, Estimate]:
    """For each size, small first, the kappa that a release announced now gets."""
    sums = select(Release.impact, func.sum(Release.checked), func.sum(Release.gone_wrong)).where(Release.cancelled_at.is_(None))
    found = {impact: (int(checked), int(wrong)) for impact, checked, wrong in session.execute(sums.group_by(Release.impact))}
    return {impact: estimate(impact, *found.get(impact, (0, 0))) for impact in KAPPA}


def estimate(impact: str, checked: int, wrong: int) -> Estimate:
    """The posterior for a size after `checked` answers, of which `wrong` were found wrong."""
    kappa = (PRIOR_WEIGHT * KAPPA[impact] + wrong) / (PRIOR_WEIGHT + checked)
    return Estimate(impact, kappa, checked, wrong)


def recount(now: datetime) -> int:
    """Count again what was checked after each release, where somebody has checked anything since; returns how many changed."""
    latest = select(Verification.at).order_by(Verification.id.desc()).limit(1)
    last = db.session.execute(latest).scalar()
    behind = or_(Release.counted_at.is_(None), Release.counted_at < (last or now) + UNDO_SLACK)
    since = (now - COUNTED_FOR).date()
    ids = db.session.scalars(select(Release.id).where(Release.weighed > 0, Release.on_day >= since, behind)).all()
    db.session.rollback()
    return sum(_recount(release_id, now) for release_id in ids)


def _recount(release_id: int, now: datetime) -> bool:
    checked, wrong = db.session.execute(_checks(release_id)).one()
    db.session.rollback()
    with transaction() as session:
        values = {"checked": checked, "gone_wrong": wrong or 0}
        differs = or_(Release.checked != checked, Release.gone_wrong != (wrong or 0))
        moved = update(Release).where(Release.id == release_id, differs).values(values).returning(Release.id)
        changed = session.execute(moved).first() is not None
        session.execute(update(Release).where(Release.id == release_id).values(counted_at=now))
        if changed:
            touch(session, RELEASES)
    return changed


def _checks(release_id: int) -> Select[int, int | None]:
    weighed, later, found = aliased(BeliefEvent), aliased(BeliefEvent), aliased(BeliefEvent)
    stands = and_(later.kind.in_(DECISIVE), Verification.undone_at.is_(None))
    first = (
        select(func.min(later.id))
        .outerjoin(Verification, Verification.id == later.verification_id)
        .where(later.answer_id == weighed.answer_id, later.id > weighed.id, or_(later.kind == "release", stands))
        .correlate(weighed)
        .scalar_subquery()
    )
    return (
        select(func.count(), func.sum(case((found.kind == "right", 0), else_=1)))
        .select_from(weighed)
        .join(found, found.id == first)
        .where(weighed.release_id == release_id, found.kind.in_(DECISIVE))
    )
