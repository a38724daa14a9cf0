"""What happens to posts and accounts between a reversal and the appeal against it."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from community import acceptance
from community.boards.causes import CHECKERS
from community.fairness import findings
from community.models import Finding
from community.moderation import accounts, flags
from reputation import audit, grounds
from tests.accounts import on_sqlite
from tests.fairness.scenes import arranged, busy, farmed, looked
from tests.people import People, person
from tests.stories import answer, ask, reputation

pytestmark = on_sqlite


@pytest.fixture
def pair(session: Session, people: People, now: datetime) -> tuple[User, User]:
    both = person("Bob", now), person("Rob", now)
    session.add_all(both)
    session.commit()
    return both


def finding_of(session: Session) -> Finding:
    session.rollback()
    return session.scalars(select(Finding).execution_options(populate_existing=True)).one()


def won(session: Session, people: People, by: User, now: datetime) -> None:
    number = finding_of(session).id
    findings.appeal(number, text="It was not.", by=by, now=now)
    findings.answer(number, grant=True, reason="It was not.", by=people.mo, now=now)


def in_order(session: Session) -> bool:
    session.rollback()
    return audit.audit(session).clean and grounds.check(session, CHECKERS).clean


def test_an_appeal_leaves_the_price_of_spam(session: Session, people: People, pair: tuple[User, User], now: datetime) -> None:
    busy(session, now)
    ids = arranged(people, now, by=pair[0], to=pair[1])
    looked(now)
    flags.flag("spam", answer_id=ids[0], by=people.jonas, now=now)
    flags.confirm_spam(answer_id=ids[0], by=people.mo, now=now)
    assert reputation(session, pair[1]) == 1 - 100
    won(session, people, pair[1], now)
    assert reputation(session, pair[1]) == 1 - 100 + 10 * (len(ids) - 1)
    assert in_order(session)


def test_what_an_appeal_gives_back_goes_to_who_has_the_account(
    session: Session, people: People, pair: tuple[User, User], now: datetime
) -> None:
    busy(session, now)
    ids = arranged(people, now, by=pair[0], to=pair[1])
    looked(now)
    accounts.merge(pair[1].id, people.jonas.id, reason="The same person.", by=people.ada, now=now)
    assert reputation(session, people.jonas) == 1
    won(session, people, people.jonas, now)
    assert (reputation(session, pair[1]), reputation(session, people.jonas)) == (1, 1 + 10 * len(ids))
    assert in_order(session)


def test_no_appeal_pays_for_what_was_accepted_by_oneself(
    session: Session, people: People, pair: tuple[User, User], now: datetime
) -> None:
    busy(session, now)
    farmed(people, now, asker=pair[0], helper=pair[1])
    looked(now)
    accounts.merge(pair[1].id, pair[0].id, reason="The same person.", by=people.ada, now=now)
    won(session, people, pair[0], now)
    assert (reputation(session, pair[0]), reputation(session, pair[1])) == (1, 1)
    assert in_order(session)


def test_accepting_again_pays_only_after_the_appeal(
    session: Session, people: People, pair: tuple[User, User], now: datetime
) -> None:
    busy(session, now)
    ids = farmed(people, now, asker=pair[0], helper=pair[1])
    paid = reputation(session, pair[1])
    looked(now)
    acceptance.withdraw(ids[0], by=pair[0], now=now)
    acceptance.accept(ids[0], by=pair[0], now=now)
    assert (reputation(session, pair[0]), reputation(session, pair[1])) == (1, 1)
    assert in_order(session)
    won(session, people, pair[1], now)
    assert reputation(session, pair[1]) == paid
    assert in_order(session)


def test_whoever_accepted_unpaid_stays_unpaid_in_another_account(
    session: Session, people: People, pair: tuple[User, User], now: datetime
) -> None:
    nameless = person("Nameless", now, email_confirmed_at=None)
    session.add(nameless)
    session.commit()
    acceptance.accept(answer(ask(nameless, now), pair[0], now), by=nameless, now=now)
    accounts.merge(nameless.id, pair[1].id, reason="The same person.", by=people.ada, now=now)
    assert reputation(session, pair[0]) == 1
    assert in_order(session)
