"""What tests of rewards begin with: a price list, the switch, and contributions on chosen days."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from community.rewards import running
from reputation import ledger
from reputation.posting import Posting
from reputation.rewards import closing, periods, verifying
from reputation.rewards.models import RewardClaim, RewardStatement
from reputation.rewards.plans import Draft
from tests.people import People

MAY = datetime(2026, 5, 10, 9, 0, tzinfo=UTC)
"""In the first period, January to June 2026."""
JULY = datetime(2026, 7, 20, 9, 0, tzinfo=UTC)
"""In the second, when the first one is closed."""
NEXT_JANUARY = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)
"""In the third, when the second one is closed."""

_numbers = count(1)


def draft(**changed: Any) -> Draft:  # noqa: ANN401 - the fields of a price list
    """A point is a penny; nothing tapers before twenty pounds; a pound is the least."""
    usual: dict[str, Any] = {"currency": "GBP", "per_hundred": 100, "full": 2000, "stretch": 1000, "minimum": 100}
    more: dict[str, Any] = {"charities": ("Sea Rescue", "Food Bank"), "match_percent": 50}
    return Draft(**usual | more | changed)


def switch_on(people: People, at: datetime = MAY, **changed: Any) -> None:  # noqa: ANN401 - as above
    """Ada declares a price list and switches rewards on; the first period begins."""
    running.declare(draft(**changed), by=people.ada, now=at)
    running.switch(True, by=people.ada, now=at)


def gain(who: User, times: int, at: datetime, reason: str = "answer_accepted") -> list[str]:
    """Somebody contributes so many times; returns the causes. An accepted answer is 15 points."""
    causes = [f"test:{next(_numbers)}" for _ in range(times)]
    with transaction() as session:
        ledger.post(session, [Posting(who.id, reason, cause) for cause in causes], at)
    return causes


def take_back(causes: Iterable[str], at: datetime) -> None:
    """What was gained is taken back."""
    with transaction() as session:
        ledger.reverse(session, causes, None, at)


def close(people: People, period_id: int, at: datetime) -> None:
    """Ada closes a period, and its statements are written."""
    running.close(period_id, by=people.ada, now=at)
    while closing.go_on(at):
        pass


def statement(session: Session, who: User, period_id: int) -> RewardStatement:
    """Somebody's statement as it is in the database now."""
    session.rollback()
    wanted = select(RewardStatement).where(RewardStatement.user_id == who.id, RewardStatement.period_id == period_id)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def claim(session: Session, who: User, period_id: int) -> RewardClaim | None:
    """Somebody's claim as it is in the database now; None where there is nothing to take."""
    session.rollback()
    wanted = select(RewardClaim).where(RewardClaim.user_id == who.id, RewardClaim.period_id == period_id)
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def differences(session: Session, period_id: int) -> list[str]:
    """What `flask rewards verify` finds."""
    session.rollback()
    found = verifying.verify(session, period_id).differences
    session.rollback()
    return found


def loaded(session: Session, who: User) -> User:
    """Somebody with everything of theirs read, and in no session, so that several threads can act for them."""
    session.refresh(who)
    session.expunge(who)
    session.rollback()
    return who


def settle_a_year(by: User, now: datetime) -> dict[str, int]:
    """Switch rewards on more than half a year ago, close what is over and add up what runs; the numbers of both periods."""
    long_ago = now - timedelta(days=200)
    running.declare(draft(each={"wrong_found": 50}, unpaid=("accepting",), minimum=50), by=by, now=long_ago)
    running.switch(True, by=by, now=long_ago)
    periods.ensure(now)
    running.close(1, by=by, now=now)
    while closing.go_on(now):
        pass
    running.preview(2, by=by, now=now)
    while closing.go_on(now):
        pass
    return {"settled period": 1, "running period": 2}
