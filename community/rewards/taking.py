"""What a member does with a reward of theirs."""

from datetime import datetime

from app.accounts.models import User
from app.db import transaction
from app.errors import NotFound
from community import policy
from community.policy import Subject
from reputation.rewards import claims, plans
from reputation.rewards.models import RewardClaim


def choose(statement_id: int, way: str, charity: str = "", *, by: User, now: datetime) -> None:
    """Take one's own reward as credit, cash or a donation. Raises NotFound for somebody else's, and while rewards are off; what
    else is refused `reputation.rewards.claims` says."""
    with transaction() as session:
        claim = session.get(RewardClaim, statement_id)
        if claim is None or claim.user_id != by.id or not plans.is_on(session):
            raise NotFound("There is no such reward of yours.")
        policy.require(by, "take_reward", Subject(author_id=claim.user_id), now)
        claims.choose(statement_id, way, charity, by=by, now=now)
