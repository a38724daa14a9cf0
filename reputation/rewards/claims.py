"""What a member can take: choosing, what is held back and released, what is warned of and lapses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Invalid, NotFound
from reputation.rewards import corrections, holds, periods, plans, reckoning, taper
from reputation.rewards.models import RewardAdjustment, RewardClaim, RewardPeriod, RewardPlan

AFTER_A_RELEASE = timedelta(days=21)
"""How long a member has to choose at least, once a statement that was held is released."""
BATCH = 500
STEPS = ("ready", "first warning", "second warning", "lapsed")
"""What a member is told of a claim, each once, in this order."""


@dataclass(frozen=True)
class Notice:
    """Somebody is to be told something about a claim: `step` 1 that it is there, 2 and 3 the warnings, 4 that it has lapsed."""

    statement_id: int
    user_id: int
    step: int
    amount: int
    currency: str
    choose_until: datetime


def choose(statement_id: int, way: str, charity: str = "", *, by: User, now: datetime) -> None:
    """Take one's reward as credit, cash or a donation; until it has gone to finance the choice can be changed.

    Raises NotFound when it is not one's own, Invalid for a way or an organisation that is not on the period's list, Conflict when
    it is held, has lapsed or has gone to finance.
    """
    with transaction() as session:
        claim = session.get(RewardClaim, statement_id, populate_existing=True)
        if claim is None or claim.user_id != by.id:
            raise NotFound("There is no such reward of yours.")
        plan = periods.plan_of(session, periods.find(session, claim.period_id))
        if way not in plan.ways:
            raise Invalid({"way": "Choose one of the ways to take it."})
        if way == "donation" and charity not in plan.charities:
            raise Invalid({"charity": "Choose who the donation goes to."})
        if claim.held_at is not None or holds.held([by.id]):
            raise Conflict("This reward is held until somebody has looked at your account. You can choose after that.")
        is_donated = way == "donation"
        chosen = session.execute(
            update(RewardClaim)
            .where(
                RewardClaim.statement_id == statement_id,
                RewardClaim.user_id == by.id,
                RewardClaim.amount == claim.amount,
                RewardClaim.state.in_(("open", "chosen")),
                RewardClaim.held_at.is_(None),
                RewardClaim.choose_until > now,
            )
            .values(
                state="chosen",
                way=way,
                charity=charity if is_donated else "",
                matched=taper.matched(claim.amount, plan.match_percent, plan.match_limit) if is_donated else 0,
                chosen_at=now,
            )
            .returning(RewardClaim.statement_id)
            .execution_options(synchronize_session=False)
        ).first()
        if chosen is None:
            raise Conflict("It is too late to choose: the reward has gone to finance, or its time is over.")


def look_at_holds(now: datetime) -> int:
    """Hold what a finding was opened about, and release what was decided; returns how many claims that changed.

    What was taken back in the ledger meanwhile is taken off a released claim at once, and its owner has time to choose anew.
    """
    changed, after = 0, 0
    while True:
        with transaction() as session:
            waiting = select(RewardClaim.statement_id, RewardClaim.user_id, RewardClaim.held_at).where(
                RewardClaim.state.in_(("open", "chosen")), RewardClaim.statement_id > after
            )
            claims = session.execute(waiting.order_by(RewardClaim.statement_id).limit(BATCH)).all()
            if not claims:
                return changed
            after = claims[-1].statement_id
            held = holds.held([claim.user_id for claim in claims])
            turning = [row for row in claims if (row.user_id in held) != (row.held_at is not None)]
            if turning:
                _keep_from_closing(session)
            for row in turning:
                changed += _turn(session, row.statement_id, row.user_id in held, now)


def _keep_from_closing(session: Session) -> None:
    """Hold the periods that are open: a statement that is being written meanwhile would take what a release takes, once more.
    Before any claim, as closing does."""
    session.execute(
        select(RewardPeriod.id).where(RewardPeriod.state != "closed").order_by(RewardPeriod.id).with_for_update(read=True)
    ).all()


def hand_over(session: Session, from_id: int, into_id: int) -> None:
    """What an account that is merged can still take is the other's to take. Must run inside a verb's transaction."""
    session.execute(
        update(RewardClaim)
        .where(RewardClaim.user_id == from_id, RewardClaim.state.in_(("open", "chosen")))
        .values(user_id=into_id)
        .execution_options(synchronize_session=False)
    )


def _turn(session: Session, statement_id: int, is_held: bool, now: datetime) -> bool:
    """Hold a claim, or release it; returns whether it was not so already."""
    claim = session.get(RewardClaim, statement_id, with_for_update=True, populate_existing=True)
    if claim is None or claim.state not in ("open", "chosen") or is_held == (claim.held_at is not None):
        return False
    if is_held:
        claim.held_at = now
    else:
        _release(session, claim, now)
    return True


def _release(session: Session, claim: RewardClaim, now: datetime) -> None:
    """What no longer stands of the period is taken off, as far as there is anything; the next period takes the rest, and gives
    what is newly there."""
    period = periods.find(session, claim.period_id)
    plan = periods.plan_of(session, period)
    cut = reckoning.present(session, now)
    found = corrections.correction(session, period, plans.terms_of(plan), [claim.user_id], cut).get(claim.user_id)
    if found is not None and found.amount < 0:
        taken = max(found.amount, -claim.amount)
        session.execute(
            insert(RewardAdjustment).values(
                statement_id=claim.statement_id,
                about_period_id=period.id,
                user_id=claim.user_id,
                kind="release",
                points=found.points if taken == found.amount else 0,
                amount=taken,
                cutoff_at=cut.before,
                through_id=cut.through_id,
                at=now,
            )
        )
        claim.amount += taken
        claim.state, claim.way, claim.charity, claim.matched, claim.chosen_at = "open", "", "", 0, None
    claim.held_at = None
    if not claim.amount:
        claim.state, claim.told = "expired", len(STEPS)
    elif claim.state == "open" and claim.choose_until < now + AFTER_A_RELEASE:
        claim.choose_until, claim.told = now + AFTER_A_RELEASE, 0


def due_notices(session: Session, now: datetime, limit: int = BATCH) -> Sequence[Notice]:
    """Take the next notices that are due, each once; must run in the transaction that gives them out.

    A claim lapses only after both warnings, the second `plans.SECOND_WARNING` before: where they come late, there is more time.
    """
    ends = RewardClaim.choose_until
    rows = session.execute(
        select(RewardClaim, RewardPlan.currency)
        .join(RewardPeriod, RewardPeriod.id == RewardClaim.period_id)
        .join(RewardPlan, RewardPlan.id == RewardPeriod.plan_id)
        .where(
            RewardPeriod.state == "closed",
            RewardClaim.held_at.is_(None),
            RewardClaim.state == "open",
            or_(
                RewardClaim.told == 0,
                and_(RewardClaim.told == 1, ends <= now + plans.FIRST_WARNING),
                and_(RewardClaim.told == 2, ends <= now + plans.SECOND_WARNING),  # noqa: PLR2004 - the first warning went out
                and_(RewardClaim.told == 3, ends <= now),  # noqa: PLR2004 - both did
            ),
        )
        .order_by(RewardClaim.statement_id)
        .limit(limit)
        .with_for_update(of=RewardClaim)
        .execution_options(populate_existing=True)
    ).all()
    notices = []
    for claim, currency in rows:
        claim.told, claim.told_at = claim.told + 1, now
        if claim.told == len(STEPS):
            claim.state = "expired"
        elif claim.told > 1:
            claim.choose_until = max(claim.choose_until, now + plans.SECOND_WARNING)
        notices.append(Notice(claim.statement_id, claim.user_id, claim.told, claim.amount, currency, claim.choose_until))
    return notices
