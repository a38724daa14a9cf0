"""The half-years: which days they are, and that there always is one running."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.days import day_of, start_of
from app.db import insert_into, transaction
from app.errors import NotFound
from reputation.rewards import plans
from reputation.rewards.models import RewardPeriod, RewardPlan


def begins(plan: RewardPlan, day: date) -> date:
    """The first day of the half-year that a day lies in."""
    return max(start for start in _starts(plan, day.year) if start <= day)


def ends(plan: RewardPlan, start: date) -> date:
    """The last day of the half-year, or of what is left of one, that begins with `start`."""
    return min(other for other in _starts(plan, start.year) if other > start) - timedelta(days=1)


def ensure(now: datetime) -> int:
    """See to it that there is a period for today while rewards are on, and for each since they were switched on; returns how many
    were begun. Running twice at once begins each once."""
    with transaction() as session:
        since = plans.on_since(session)
        if since is None:
            return 0
        begun = 0
        while (found := _missing(session, since, now)) is not None:
            start, plan = found
            last = ends(plan, start)
            new = session.execute(
                insert_into(session, RewardPeriod)
                .values(
                    plan_id=plan.id,
                    starts_on=start,
                    ends_on=last,
                    starts_at=start_of(start),
                    ends_at=start_of(last + timedelta(days=1)),
                    state="running",
                    cursor=0,
                )
                .on_conflict_do_nothing(index_elements=[RewardPeriod.starts_at])
                .returning(RewardPeriod.id)
            ).first()
            begun += new is not None
        return begun


def find(session: Session, period_id: int) -> RewardPeriod:
    """A period as it is now. Raises NotFound."""
    period = session.get(RewardPeriod, period_id, populate_existing=True)
    if period is None:
        raise NotFound("There is no such period.")
    return period


def plan_of(session: Session, period: RewardPeriod) -> RewardPlan:
    """The price list a period goes by."""
    return session.execute(select(RewardPlan).where(RewardPlan.id == period.plan_id)).scalar_one()


def name(period: RewardPeriod) -> str:
    """Its days, as "1 January to 30 June 2026"."""
    first, last = period.starts_on, period.ends_on
    return f"{first:%-d %B}{'' if first.year == last.year else f' {first:%Y}'} to {last:%-d %B %Y}"


def _starts(plan: RewardPlan, year: int) -> list[date]:
    return [date.fromisoformat(f"{year + shift}-{half}") for shift in (-1, 0, 1) for half in plan.halves]


def _missing(session: Session, since: datetime, now: datetime) -> tuple[date, RewardPlan] | None:
    """The first day of the next period to begin, and its price list: the newest one declared before it begins, or before rewards
    were switched on within it. None when today has a period. What passed while rewards were off stays without."""
    today = day_of(now)
    last = session.execute(select(RewardPeriod.ends_on).order_by(RewardPeriod.starts_at.desc()).limit(1)).scalar()
    if last is not None and last >= today:
        return None
    wanted = today if last is None or day_of(since) > last else last + timedelta(days=1)
    declared = select(RewardPlan).where(RewardPlan.declared_at <= max(start_of(wanted), since))
    plan = session.scalars(declared.order_by(RewardPlan.id.desc()).limit(1)).one()
    start = begins(plan, wanted)
    return start if last is None else max(start, last + timedelta(days=1)), plan
