"""Looking at who voted for whom: moderators may, with a reason, and each look is written down."""

from datetime import datetime

from app.accounts.models import User
from app.db import transaction
from app.errors import NotFound
from community import policy, texts
from community.models import Finding
from community.moderation import audit


def at_person(user_id: int, *, reason: str, by: User, now: datetime) -> None:
    """Somebody looks at the votes that a person gave and was given. Refuses (Invalid) a look without a reason."""
    with transaction() as session:
        policy.require(by, "see_votes", None, now)
        if session.get(User, user_id) is None:
            raise NotFound("There is no such person.")
        words = texts.note(reason, "reason", "The reason", required=True)
        audit.record(session, by, "fairness.votes_seen", now, reason=words, user_id=user_id)


def at_finding(finding_id: int, *, by: User, now: datetime) -> None:
    """Somebody looks at the single votes of a finding; the finding is the reason."""
    with transaction() as session:
        policy.require(by, "see_votes", None, now)
        if session.get(Finding, finding_id) is None:
            raise NotFound("There is no such finding.")
        audit.record(session, by, "fairness.votes_seen", now, reason=f"finding {finding_id}", finding_id=finding_id)
